"""A gateway that calls nobody: its control socket is the real one, and how each call comes out is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from gateway.call import Announcement
from gateway.control import CallOutcome, CallOutcomes, Control, Origination
from gateway.errors import GatewayError
from gateway.node.control_socket import ControlSocket
from gateway.tasks import within

Answer = Mapping[str, Any]
BUSY: Answer = {"result": "rejected", "reason": "busy", "status": 486, "talk_seconds": None}
ANSWERED: Answer = {"result": "completed", "reason": "callee_hung_up", "status": 200, "talk_seconds": 4.0}


class OutcomeGateway:
    """Keeps as much of `control.Control` as a campaign asks for."""

    def __init__(self, answers: Mapping[str, list[Answer]] | None = None, after_s: float = 0.01) -> None:
        self.answers = {number: list(told) for number, told in (answers or {}).items()}
        """How calls to a number come out, one after another; by default they are answered."""
        self.after_s = after_s
        self.holds = False
        """Calls go on until `finish`."""
        self.refuses: list[GatewayError] = []
        """Raised by the next ones that are asked for."""
        self.run = "run1"
        self.dialled: list[tuple[str, str, float]] = []
        """Number, id and time of each."""
        self.wanted: list[Origination] = []
        self.up: dict[str, str] = {}
        self.most_up = 0
        self.ended: list[str] = []
        self._done: list[CallOutcome] = []
        self._news = asyncio.Event()

    async def originate(self, wanted: Origination, by: str) -> str:
        """Call somebody."""
        if self.refuses:
            raise self.refuses.pop(0)
        call = wanted.call_id
        if call in self.up or any(one.call == call for one in self._done):
            return call
        loop = asyncio.get_running_loop()
        self.dialled.append((wanted.number, call, loop.time()))
        self.wanted.append(wanted)
        self.up[call] = wanted.number
        self.most_up = max(self.most_up, len(self.up))
        if not self.holds:
            loop.call_later(self.after_s, self.finish, call)
        return call

    def finish(self, call: str, **told: Any) -> None:
        """End a call."""
        if (number := self.up.pop(call, None)) is None:
            return
        answers = self.answers.get(number)
        answer = {**(answers.pop(0) if answers else ANSWERED), **told}
        whole = {"cause": None, "seconds": 5.0, **answer}
        self._done.append(CallOutcome(len(self._done) + 1, call, number, "plan", **whole))
        self._news.set()

    async def outcomes(self, after: int, wait_s: float) -> CallOutcomes:
        """Tell how they came out."""
        if len(self._done) <= after and wait_s:
            self._news.clear()
            try:
                async with within(wait_s):
                    await self._news.wait()
            except TimeoutError:
                pass
        return CallOutcomes(self.run, tuple(self._done[after:]), len(self._done))

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait for something to become true."""
        while not fact():  # noqa: ASYNC110 - of several things, in several objects
            await asyncio.sleep(0.005)

    async def end(self, call_id: str, by: str) -> None:
        """End one."""
        self.ended.append(call_id)
        self.finish(call_id, result="cancelled", reason="operator_hung_up", status=480, talk_seconds=None)

    @asynccontextmanager
    async def answering(self, path: Path) -> AsyncIterator[None]:
        """Answer at this path."""

        async def speak(_text: str) -> Announcement:
            return Announcement()

        class Socket(ControlSocket):
            async def _calls(_, _question: object, _by: str) -> list[dict[str, str]]:  # noqa: N805 - `self` is us
                return [{"id": call, "state": "ringing"} for call in self.up]

        async with Socket(cast(Control, self), speak, {}).listening(path):
            yield
