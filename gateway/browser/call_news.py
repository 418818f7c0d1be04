"""What happens in browsers' calls at the gateway, heard once for all pages that want to know.

A call is expected by its SIP Call-ID before it is rung: its page misses nothing of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from gateway.errors import GatewayError
from gateway.node.control_client import ControlClient

MOST_LINES = 1000
"""Of one call, for a page that is slow; later ones are lost."""
AGAIN_S = 1.0
Line = Mapping[str, Any]


class CallNews:
    """Watches the gateway at this control socket."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self._expected: dict[str, asyncio.Queue[Line | None]] = {}  # by the SIP Call-ID
        self._up: dict[str, asyncio.Queue[Line | None]] = {}  # by the gateway's own id

    async def follow(self) -> None:
        """Watch, over the gateway's restarts, until cancelled."""
        while True:
            with contextlib.suppress(GatewayError):  # it ends, and all its calls with it
                async with ControlClient.connected(self._control) as client:
                    async for line in client.watch():
                        self.take(line)
            await asyncio.sleep(AGAIN_S)

    def expect(self, sip_call_id: str) -> AsyncIterator[Line]:
        """Keep what happens in this call; return what yields it, and what is to come, until it is over."""
        lines = self._expected[sip_call_id] = asyncio.Queue(MOST_LINES)
        return _until_over(lines)

    def forget(self, sip_call_id: str) -> None:
        """Keep nothing of this call any more."""
        lines = self._expected.pop(sip_call_id, None)
        self._up = {call: own for call, own in self._up.items() if own is not lines}

    def take(self, line: Line) -> None:
        """Take what has happened in some call."""
        call = str(line["call"])
        if line["what"] == "CallBegan":
            expected = self._expected.get(line["is"]["view"]["sip_call_id"])
            if expected is not None:
                self._up[call] = expected
        lines = self._up.get(call)
        if lines is None:
            return
        if not lines.full():
            lines.put_nowait(line)
        if line["what"] == "CallOver":
            del self._up[call]
            if lines.full():
                lines.get_nowait()
            lines.put_nowait(None)


async def _until_over(lines: asyncio.Queue[Line | None]) -> AsyncIterator[Line]:
    while (line := await lines.get()) is not None:
        yield line
