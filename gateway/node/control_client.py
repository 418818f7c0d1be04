"""Asks a gateway of this machine about its calls, over its control socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson

from gateway.call import TapBlock
from gateway.errors import BadInput, ControlError
from gateway.node import live_audio
from gateway.tasks import within

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of an answer: a thousand calls have some five hundred each."""
ANSWER_WITHIN_S = 20.0
CALLERS_S = {"collect": 240.0}
"""Seconds more for what a caller has to do first, by the name of the question."""


class GatewayAway(ControlError):
    """The gateway does not answer, or not any more."""

    status = 503


class Refusal(ControlError):
    """The gateway does not do what it was asked for, in its own words; `status` as of HTTP."""

    def __init__(self, words: str, status: int) -> None:
        self.status = status
        super().__init__(words)


class ControlClient:
    """A connection to one gateway. Raises ControlError with the gateway's own words."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, path: Path) -> AsyncIterator[ControlClient]:
        """Connect as long as the block lasts. Raises BadInput if no gateway answers there."""
        try:
            async with within(ANSWER_WITHIN_S):
                reader, writer = await asyncio.open_unix_connection(path, limit=LONGEST_LINE)
        except (OSError, TimeoutError) as error:
            cure = f"no gateway answers there ({type(error).__name__}): does it run, in this folder?"
            raise BadInput("control", "socket", str(path), cure) from None
        try:
            yield cls(reader, writer)
        finally:
            writer.close()

    async def ask(self, do: str, **about: Any) -> Any:
        """Ask one thing and return the answer."""
        self._writer.write(orjson.dumps({"id": 1, "do": do, **about}) + b"\n")
        try:
            async with within(ANSWER_WITHIN_S + CALLERS_S.get(do, 0.0)):
                answer = await self._line()
        except TimeoutError:
            raise GatewayAway("the gateway does not answer") from None
        if answer is None:
            raise GatewayAway("the gateway hung up")
        if "error" in answer:
            raise Refusal(answer["error"], answer.get("status", 500))
        return answer["ok"]

    async def watch(self, call: str | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yield what happens, of one call or of all, until that call or the gateway is over."""
        await self.ask("watch", call=call)
        while (line := await self._line()) is not None:
            yield line["watched"]

    async def listen(self, call: str, by: str) -> AsyncIterator[TapBlock]:
        """Yield what is heard of a call, both sides, until it is over or the gateway is."""
        await self.ask("listen", call=call, by=by)
        while (line := await self._line()) is not None:
            yield live_audio.block_of(line["heard"])

    async def _line(self) -> dict[str, Any] | None:
        try:
            line = await self._reader.readline()
            told: dict[str, Any] | None = orjson.loads(line) if line else None
        except (ConnectionError, ValueError) as error:  # too long a line, or no JSON
            raise GatewayAway(f"the gateway cannot be understood: {error}") from None
        return told
