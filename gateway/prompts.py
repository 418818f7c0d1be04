"""Sounds that the gateway itself plays: WAV files, and texts spoken once by the embedded agent and kept.

They are there before they are needed, so that a caller hears words even when every model is out of reach.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from gateway.audio import read_wav
from gateway.errors import GatewayError

log = structlog.get_logger(__name__)

Speak = Callable[[str], Awaitable[bytes]]
"""Speaks a text: PCM16LE 24 kHz. Raises GatewayError when nobody can."""

KEPT_BYTES = 64 * 1024 * 1024
"""Spoken texts kept in memory: about 23 minutes. The one not used for longest goes first."""
SPEAK_WITHIN = 10.0
"""Seconds a text may take to be spoken before the caller gets silence instead."""


class Prompts:
    """Gives a prompt's sound. One instance a process."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    async def sound(self, say: str | None, play: Path | None) -> bytes:
        """PCM16LE 24 kHz of a file or a text; b"" with a log line when it cannot be had: calls go on."""
        try:
            if play is not None:
                return await asyncio.to_thread(read_wav, play)
            return await self._spoken(say) if say else b""
        except (GatewayError, TimeoutError) as error:
            log.error("! prompt cannot be played", say=say, play=str(play), error=str(error) or "too slow")
            return b""

    async def _spoken(self, text: str) -> bytes:
        if (pcm := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return pcm
        async with asyncio.timeout(SPEAK_WITHIN):
            pcm = await self._speak(text)
        self._keep(text, pcm)
        return pcm

    def _keep(self, text: str, pcm: bytes) -> None:
        self._size += len(pcm) - len(self._kept.pop(text, b""))
        self._kept[text] = pcm
        while self._size > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest)
