"""A caller who talks with an agent, led by the real flow: a scripted leg, a scripted session, nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.call import Ending, Fact, LegEnded, Order, Reason, Result, TransferEnded
from gateway.calls.actions.attendant import Attendant
from gateway.calls.admission import PlanCounts, PlanSlot
from gateway.calls.call import Call
from gateway.calls.flow import CallFlow
from gateway.dialplan import Routed
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.conversation.scripted_session import ScriptedSession
from tests.equipment import patience
from tests.equipment.plans import dialplan
from tests.equipment.services import FakeServices

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
AGENT = {"agent": {"voice": "heart"}, "answer": {"speaks_first": "caller"}}


@dataclass
class Talk:
    """The call, and what happened in it."""

    leg: ScriptedLeg
    call: Call
    desk: FakeServices
    session: ScriptedSession
    events: list[Fact | Order]
    ended: asyncio.Future[Ending] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def attendant(self) -> Attendant:
        """Who holds and transfers it."""
        assert isinstance(self.call.attendant, Attendant)
        return self.call.attendant

    def leave(self) -> None:
        """Hang up."""
        self.leg.happen(LegEnded(GONE))

    def transfers(self) -> list[TransferEnded]:
        """Return how those came out that are over."""
        return [event for event in self.events if isinstance(event, TransferEnded)]


@asynccontextmanager
async def talking(folder: Path, trunk: str = "", **plan: object) -> AsyncIterator[Talk]:
    """Lead a call to a plan; a caller who is still there at the end hangs up."""
    events: list[Fact | Order] = []
    leg, desk = ScriptedLeg(trunk=trunk), FakeServices()
    call = Call(leg, lambda event, _now: events.append(event))
    plans = dialplan(folder, office={"numbers": ["100"], **AGENT, **plan})
    routed = plans.route(leg.info, datetime.now(UTC))
    assert isinstance(routed, Routed)
    async with patience.within(10), desk.services() as services, asyncio.TaskGroup() as tasks:
        flow = CallFlow(call, services, PlanSlot(PlanCounts(), "c1"))
        running = tasks.create_task(flow.run(plans, routed))
        session = await desk.session()
        await leg.until(lambda: not call.rings)
        talk = Talk(leg, call, desk, session, events)
        running.add_done_callback(lambda done: done.cancelled() or talk.ended.set_result(done.result()))
        yield talk
        talk.leave()
