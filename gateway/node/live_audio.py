"""A call's sound on its way over the control socket, to whoever listens in: a line for each stretch of it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from gateway.call import LegTap, TapBlock

READ_EVERY_S = 0.1


async def carry(tap: LegTap, over: Callable[[], bool], writer: asyncio.StreamWriter) -> None:
    """Write what is heard until the call is over. Whoever reads too slowly misses some of it."""
    while True:
        last = over()
        writer.writelines(line(block) for block in tap.read())
        await writer.drain()
        if last:
            return
        await asyncio.sleep(READ_EVERY_S)


def line(block: TapBlock) -> bytes:
    """Return a stretch of sound as a line."""
    told = {
        "tick": block.tick,
        "rate": block.rate,
        "missing": block.caller_missing,
        "pcm": base64.b64encode(block.pcm).decode(),
    }
    return orjson.dumps({"heard": told}) + b"\n"


def block_of(told: Mapping[str, Any]) -> TapBlock:
    """Return what `line` has made a line of."""
    pcm = base64.b64decode(told["pcm"])
    return TapBlock(told["tick"], told["rate"], pcm, caller_missing=told["missing"])
