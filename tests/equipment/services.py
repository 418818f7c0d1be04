"""What the calls of a process share, for tests of one call or of a few: no engine, no network.

Sessions are scripted ones, kept in the order in which calls asked for them; a prompt sounds like its text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from gateway.call import CostUpdated, Destination, Dial, LegFact, SessionFact, SessionReady, Way
from gateway.calls.prompts import Prompts
from gateway.calls.services import Services
from gateway.dialplan import Agent, Plan
from gateway.dialplan.lookup import LookUps
from gateway.dialplan.spoken import SpokenText
from gateway.errors import GatewayError
from gateway.tools.registry import Toolbox
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.conversation.scripted_session import ScriptedSession
from tests.equipment import patience


def spoken(text: str) -> bytes:
    """Return what a prompt sounds like."""
    return text.encode() + b" " * (len(text.encode()) % 2)


class FakeServices:
    """Where sessions are made. `at_once` is what the next ones report as soon as they run."""

    def __init__(self) -> None:
        self.at_once: Sequence[SessionFact] = (SessionReady(),)
        self.refuses: Exception | None = None
        """Raised instead of making a session."""
        self.spent = CostUpdated(None)
        """What each session has cost."""
        self.sessions: list[ScriptedSession] = []
        self.asked: list[tuple[Plan, Agent]] = []
        self.mute = False
        """Nobody can speak a prompt."""
        self.slow = False
        """A prompt takes for ever to be spoken."""
        self.spoke: list[str] = []
        """The prompts that were to be spoken."""
        self.dialled: list[Dial] = []
        self.legs: list[ScriptedLeg] = []
        """Those of the calls that were made."""
        self.there: Sequence[LegFact] = ()
        """What the next one reports by itself, such as an answer."""
        self._came = asyncio.Event()

    def dial(self, dial: Dial) -> ScriptedLeg:
        """Make a call."""
        name = dial.call_id or f"second{len(self.legs)}"
        leg = ScriptedLeg(call_id=name, called=dial.to.user, outbound=True)
        self.dialled.append(dial)
        self.legs.append(leg)
        leg.happen(*self.there)
        self._came.set()
        return leg

    def make(
        self, plan: Plan, agent: Agent, tools: Toolbox, on_fact: Callable[[SessionFact], None]
    ) -> ScriptedSession:
        """Make a session."""
        self.asked.append((plan, agent))
        if self.refuses is not None:
            raise self.refuses
        session = ScriptedSession(on_fact, at_once=tuple(self.at_once))
        self.sessions.append(session)
        self._came.set()
        return session

    async def session(self, count: int = 1) -> ScriptedSession:
        """Wait for the `count`-th session to run."""
        async with patience.within(5):
            while len(self.sessions) < count:
                self._came.clear()
                await self._came.wait()
            await self.sessions[count - 1].running.wait()
        return self.sessions[count - 1]

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait for something to become true of what was asked of the desk."""
        async with patience.within(5):
            while not fact():
                self._came.clear()
                await self._came.wait()

    async def speak(self, asked: SpokenText) -> bytes:
        """Speak a prompt."""
        text = asked.text
        self.spoke.append(text)
        self._came.set()
        if self.slow:
            await asyncio.Event().wait()
        if self.mute:
            raise GatewayError("nobody can speak")
        return spoken(text)

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        """Open what calls need."""
        async with Prompts(self.speak) as prompts, LookUps() as lookups:
            yield Services(
                self.make,
                prompts,
                lookups,
                lambda _session: self.spent,
                lambda _agent: 0.0,
                dial=self.dial,
                way=lambda number, trunk: Way(Destination(number, "pbx.example"), trunk),
            )
