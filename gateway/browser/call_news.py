"""What happens in browsers' calls at the gateway, heard once for all pages that want to know.

A call is heard of from its INVITE on: whoever asks for it a moment later has missed nothing.
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
"""Of a call that nobody has asked for yet, or of a page that is slow; later ones are lost."""
AGAIN_S = 1.0
Line = Mapping[str, Any]


class CallNews:
    """Watches the gateway at this control socket. `caller`: who is shown as calling in browsers' calls."""

    def __init__(self, control: Path, caller: str) -> None:
        self._control = control
        self._caller = caller
        self._by_sip: dict[str, asyncio.Queue[Line | None]] = {}
        self._by_call: dict[str, asyncio.Queue[Line | None]] = {}

    async def follow(self) -> None:
        """Watch, over the gateway's restarts, until cancelled."""
        while True:
            with contextlib.suppress(GatewayError):  # it ends, and all its calls with it
                async with ControlClient.connected(self._control) as client:
                    async for line in client.watch():
                        self.take(line)
            await asyncio.sleep(AGAIN_S)

    async def of(self, sip_call_id: str) -> AsyncIterator[Line]:
        """Yield what has happened, and happens, in a call of a browser's, until it is over."""
        lines = self._lines(sip_call_id)
        try:
            while (line := await lines.get()) is not None:
                yield line
        finally:
            self._by_sip.pop(sip_call_id, None)

    def take(self, line: Line) -> None:
        """Take what has happened in some call."""
        call, about = str(line["call"]), line["is"]
        if line["what"] == "CallBegan" and about["view"]["caller"] == self._caller:
            self._by_call[call] = self._lines(about["view"]["sip_call_id"])
        lines = self._by_call.get(call)
        if lines is None or lines.full():
            return
        lines.put_nowait(line)
        if line["what"] == "CallOver":
            del self._by_call[call]
            if not lines.full():
                lines.put_nowait(None)

    def _lines(self, sip_call_id: str) -> asyncio.Queue[Line | None]:
        return self._by_sip.setdefault(sip_call_id, asyncio.Queue(MOST_LINES))
