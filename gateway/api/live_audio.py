"""A call's sound as a browser plays it while it goes on: a WAV file without an end."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import HTTPException

from gateway.call import TapBlock
from gateway.errors import BadInput, ControlError
from gateway.node.control_client import ControlClient, GatewayAway
from gateway.records.recording.wav_file import FRAME, MOST_BYTES, head
from gateway.tasks import within

if TYPE_CHECKING:
    from gateway.records.recording.track import Track

MOST_LISTENERS = 8
"""At once: each takes one of the gateway's connections for operators."""
FIRST_WITHIN_S = 10.0
"""Seconds until there is sound; a call that is on hold has none."""


class LiveAudio:
    """Listens in to calls of the gateway at this socket. The caller left, what he is sent right."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self._listeners = 0

    async def listen(self, call: str, by: str, until: AsyncExitStack) -> AsyncIterator[bytes]:
        """Return what yields the file, once there is sound; it is listened until `until` is left.

        Raises ControlError where the call cannot be heard, HTTPException where too many listen.
        """
        if self._listeners >= MOST_LISTENERS:
            raise HTTPException(503, "too many listen in already")
        self._listeners += 1
        until.callback(self._gone)
        try:
            client = await until.enter_async_context(ControlClient.connected(self._control))
            blocks = client.listen(call, f"api {by}")
            async with within(FIRST_WITHIN_S):
                first = await anext(blocks)
        except BadInput:
            raise GatewayAway("the gateway does not answer: is it running?") from None
        except (TimeoutError, StopAsyncIteration):
            raise HTTPException(409, "nothing is heard of this call now: it is on hold, or over") from None
        return _file(first, blocks)

    def _gone(self) -> None:
        self._listeners -= 1


async def _file(first: TapBlock, blocks: AsyncIterator[TapBlock]) -> AsyncIterator[bytes]:
    from gateway.records.recording.track import Track  # noqa: PLC0415 - it loads numpy

    track = Track()
    yield head(first.rate, MOST_BYTES // FRAME * FRAME) + _sound(track, first)
    with contextlib.suppress(ControlError):  # the gateway is gone, and the call with it
        async for block in blocks:
            yield _sound(track, block)


def _sound(track: Track, block: TapBlock) -> bytes:
    """Return a block at the file's rate. What is missing before it is left out: it is heard as it happens."""
    return b"".join(piece.pcm for piece in track.take(block))
