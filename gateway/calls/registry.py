"""One process' calls: admits, routes, runs each in a task of its own, and drains.

A call is let in or refused here; `flow` is its way through the plans. Whatever goes wrong in one call stays
in it, and each ends with exactly one canonical log line.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import replace
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from gateway import wall_clock
from gateway.call import SHUTDOWN, CallInfo, Ending, HangUp, Leg, Reason, Result
from gateway.calls.admission import Capacity, PlanCounts, PlanSlot
from gateway.calls.call import Call
from gateway.calls.call_recording import CallRecording
from gateway.calls.flow import CallFlow
from gateway.calls.originate import Prepared, dial_of, prepared
from gateway.calls.outcomes import OutcomeLog
from gateway.calls.refusal_log import RefusalLog
from gateway.calls.services import Services
from gateway.calls.shared_state import SharedCount
from gateway.calls.views import view_of
from gateway.calls.watches import Watches
from gateway.control import CallBegan, CallOver, CallView, Origination
from gateway.conversation.runner import BROKEN, Listener
from gateway.dialplan import Dialplan, NoPlan, Reject, Routed
from gateway.errors import CallRefused, GatewayError
from gateway.records.call_counts import CallCounts
from gateway.records.call_recorder import CallRecorder
from gateway.records.keeper import RecordKeeper
from gateway.tasks import within

log = structlog.get_logger(__name__)

NO_PLAN = Ending(Result.REJECTED, Reason.NO_PLAN, 404)
UNCLEAR = Ending(Result.REJECTED, Reason.UNCLEAR, 400)

GOODBYE_S = 8.0
"""Seconds in which callers are told that the process stops; whoever is still there then is hung up."""

ListenerFactory = Callable[[CallInfo], Listener]
"""Asked when a call is let in for who listens to its facts and orders."""


class CallRegistry:
    """Takes legs through `take`; an async context, inside which all its calls run.

    `plans` gives the dialplan in force now: a call keeps the plan that it started with. Each of `observers`
    is asked for a listener when a call is let in; `keeper` keeps a record of each call that has a log line;
    `shared` counts the plans' calls beyond this process; `outcomes` keeps how those came out that we made.
    """

    def __init__(
        self,
        plans: Callable[[], Dialplan],
        services: Services,
        max_calls: int,
        observers: tuple[ListenerFactory, ...] = (),
        keeper: RecordKeeper | None = None,
        shared: SharedCount | None = None,
        outcomes: OutcomeLog | None = None,
    ) -> None:
        self.capacity = Capacity(max_calls)
        self._counts = PlanCounts(shared)
        self._plans = plans
        self._services = services
        self._observers = observers
        self._keeper = keeper
        self._tasks = asyncio.TaskGroup()
        self.calls: dict[str, Call] = {}
        """Those that are up, by their ids, oldest first."""
        self.watches = Watches()
        self._refusals = RefusalLog()
        self.call_counts = CallCounts()
        """What the calls that are over add up to."""
        self.outcomes = OutcomeLog() if outcomes is None else outcomes
        self.taken = 0
        """Calls so far, those refused included."""
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def calls_by_plan(self) -> Mapping[str, int]:
        """How many calls are in each plan that has some."""
        return self._counts.by_plan

    async def __aenter__(self) -> CallRegistry:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._tasks.__aexit__(*error)  # type: ignore[arg-type] # the group's own exit arguments
        self.watches.close()

    def take(self, leg: Leg) -> None:
        """Begin a call; returns at once."""
        self.taken += 1
        refusal = UNCLEAR if leg.info.unclear else self.capacity.refuse()
        if refusal is not None:
            self._turn_away(Call(leg), refusal)
            return
        self._begin(leg)

    def _turn_away(self, call: Call, refusal: Ending) -> None:
        """Refuse a call that no plan gets."""
        call.leg.execute(HangUp(refusal))
        if self._refusals.logs(call.info.source, call.began):
            self._tell_end(call, refusal, self._recorder(call))
        else:
            self.call_counts.over(refusal, {}, ())

    async def originate(self, wanted: Origination, by: str) -> str:
        """Make a call; return its id. See `control.Control.originate`."""
        if self._knows(wanted.call_id):
            return wanted.call_id  # it was asked for before: nobody is called twice for that
        dialplan = self._plans()
        ready = prepared(wanted, dialplan, by)
        way = self._services.way(wanted.number, wanted.trunk)
        plan = ready.routed.plan
        if (refusal := self.capacity.refuse()) is not None:
            raise CallRefused(f"no call can be made now: the gateway is {refusal.reason.value}")
        if self._counts.full(plan.name, plan.limits.max_calls):
            raise CallRefused(f"no call can be made now: plan {plan.name} has all calls that it may have")
        dial = dial_of(wanted, way)
        if self._services.lines.bounds(way.trunk):
            dial = replace(dial, call_id=dial.call_id or secrets.token_hex(4))
        if await self._services.lines.take(dial.call_id, way.trunk) is not None:
            raise CallRefused(f"no call can be made now: trunk {way.trunk} has all calls that it may have")
        if self._knows(dial.call_id):  # meanwhile
            return dial.call_id
        try:
            leg = self._services.dial(dial)
        except BaseException:
            self._services.lines.leave(dial.call_id)
            raise
        self._begin(leg, ready)
        return leg.info.id

    def _knows(self, call_id: str) -> bool:
        return call_id in self.calls or self.outcomes.knows(call_id)

    def _begin(self, leg: Leg, ready: Prepared | None = None) -> None:
        self.capacity.calls += 1
        self._empty.clear()
        call = self.calls[leg.info.id] = Call(leg)
        self._tasks.create_task(self._contain(call, ready), name=f"call {leg.info.id}")

    def spawn(self, work: Coroutine[Any, Any, object], call_id: str) -> None:
        """Do something for a call beside it, to its end."""
        self._tasks.create_task(_contained(work, call_id), name=f"for call {call_id}")

    async def drain(self, seconds: float) -> int:
        """Take no more calls; let those there are end by themselves, and end what is left after `seconds`.

        Those are told so first, within `GOODBYE_S`. Returns how many had to be ended.
        """
        self.capacity.draining = True
        if await self._emptied(seconds):
            return 0
        left = self.capacity.calls
        for call in tuple(self.calls.values()):
            if not call.send_off("shutdown"):
                call.end(SHUTDOWN, "shutdown")
        if not await self._emptied(GOODBYE_S):
            self.hang_up_all()
        return left

    async def _emptied(self, seconds: float) -> bool:
        """Wait for the last call to end, so long at most; return whether it has."""
        try:
            async with within(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def hang_up_all(self) -> int:
        """End every call now, whatever it is doing; returns how many there were."""
        for call in tuple(self.calls.values()):
            call.end(SHUTDOWN, "shutdown")
        return self.capacity.calls

    async def _contain(self, call: Call, ready: Prepared | None) -> None:
        """Keep whatever a call raises from the task group, which would end every other call with it."""
        try:
            full = await self._services.lines.take(call.info.id, call.info.trunk)
            if full is None:
                await self._lead(call, ready)
            else:
                self._left(call.info)
                self._turn_away(call, full)
        except Exception:  # even the words about a broken call may break
            log.exception("call.broke_at_end", call=call.info.id)
        finally:
            self._services.lines.leave(call.info.id)

    async def _lead(self, call: Call, ready: Prepared | None) -> None:
        routed: Routed | NoPlan = NoPlan()
        place = PlanSlot(self._counts, call.info.id)
        ending = BROKEN
        logs = True
        recorder: CallRecorder | None = None
        with bound_contextvars(call=call.info.id):
            try:
                dialplan, routed = self._routed(call, ready)
                logs = not self._turned_away(routed) or self._refusals.logs(call.info.source, call.began)
                if logs:
                    routed = _log_start(call.info, routed)
                    recorder = self._recorder(call)
                if isinstance(routed, NoPlan):
                    call.execute(HangUp(ending := NO_PLAN))
                else:
                    call.notify.add(*self._listeners(call.info), self.watches.listener(call.info.id))
                    self.watches.tell(call.info.id, CallBegan(self.view(call)))
                    self._open_record(call, recorder, routed.plan.name)
                    ending = await CallFlow(call, self._services, place).run(dialplan, routed)
            except GatewayError as error:
                log.error("call.refused", error=str(error))
                ending = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, error.status)
                call.execute(HangUp(ending))
            except Exception:  # one broken call must not take the others along
                log.exception("call.broke")
                call.execute(HangUp(ending))
            finally:
                self._left(call.info)
                if isinstance(routed, Routed):
                    self.watches.tell(call.info.id, CallOver(self.view(call), ending))
                    self.outcomes.over(call, ending)
                if logs or ending.result is not Result.REJECTED:
                    self._tell_end(call, ending, recorder or self._recorder(call))
                else:
                    self.call_counts.over(ending, {}, ())
                await place.leave()

    def _routed(self, call: Call, ready: Prepared | None) -> tuple[Dialplan, Routed | NoPlan]:
        if ready is None:
            dialplan = self._plans()
            return dialplan, dialplan.route(call.info, wall_clock.now())
        for name, value in ready.variables.items():
            call.set_variable(name, value)
        return ready.dialplan, ready.routed

    def _turned_away(self, routed: Routed | NoPlan) -> bool:
        """Return whether it is known by now that this call is not let in."""
        if isinstance(routed, NoPlan):
            return True
        plan = routed.plan
        return isinstance(plan.action, Reject) or self._counts.full(plan.name, plan.limits.max_calls)

    def _listeners(self, info: CallInfo) -> Iterator[Listener]:
        for observe in self._observers:
            try:
                yield observe(info)
            except Exception:  # a full disk must not cost the caller the call
                log.exception("call.observer_broke")

    def _recorder(self, call: Call) -> CallRecorder | None:
        if self._keeper is None:
            return None
        return self._keeper.watch(call.info, call.since, call.began)

    def _open_record(self, call: Call, recorder: CallRecorder | None, plan: str) -> None:
        keeper = self._keeper
        if keeper is None or recorder is None:
            return
        call.notify.add(recorder)
        keeper.open(recorder, plan)
        call.recording = CallRecording(
            call, self._services.recordings, lambda begun: keeper.open(recorder, plan, begun)
        )

    def _tell_end(self, call: Call, ending: Ending, recorder: CallRecorder | None) -> None:
        """Write the canonical line, and the record."""
        figures = _figures(call, ending)
        _log_end(call, figures)
        answered = call.summary.turn_delays.answered
        try:
            self.call_counts.over(ending, figures, answered)
            if self._keeper is not None and recorder is not None:
                recording = None if call.recording is None else call.recording.recording
                self._keeper.close(recorder, call.first_plan, call.last_plan, figures, answered, recording)
        except Exception:  # it will be found as lost
            log.exception("call.record_broke", call=call.info.id)
        call.recording = None  # it has the call, too: the two would keep each other in memory

    def view(self, call: Call) -> CallView:
        """Return what others are told of a call, as it is now."""
        return view_of(call, self._services.node)

    def _left(self, info: CallInfo) -> None:
        self.calls.pop(info.id, None)
        self.capacity.calls -= 1
        if not self.capacity.calls:
            self._empty.set()


async def _contained(work: Coroutine[Any, Any, object], call_id: str) -> None:
    with bound_contextvars(call=call_id):
        try:
            await work
        except GatewayError as error:
            log.warning("call.not_done", error=str(error))
        except Exception:  # the group has every other call in it
            log.exception("call.broke")


def _log_start(info: CallInfo, routed: Routed | NoPlan) -> Routed | NoPlan:
    """Tell how the call was routed; return it without that: it may be a line for each of hundreds."""
    log.info(
        "call.started",
        **({"direction": "out", "trunk": info.trunk or None} if info.outbound else {}),
        caller=info.caller.shown,
        called=info.called.shown,
        source=info.source,
        plan=_name(routed),
        why=routed.why if isinstance(routed, Routed) else "no plan holds for it",
    )
    return replace(routed, asked=())


def _name(routed: Routed | NoPlan) -> str | None:
    return routed.plan.name if isinstance(routed, Routed) else None


def _figures(call: Call, ending: Ending) -> dict[str, Any]:
    now = asyncio.get_running_loop().time()
    try:
        return call.summary.line(ending, now, accepted=not call.rings)
    except Exception:  # the line is written all the same
        log.exception("call.summary_broke", call=call.info.id)
        return {"result": ending.result.value, "reason": ending.reason.value, "status": ending.status}


def _log_end(call: Call, figures: dict[str, Any]) -> None:
    """Write the canonical line."""
    log.info(
        "call.ended",
        call=call.info.id,
        sip_call_id=call.info.sip_call_id,
        caller=call.info.caller.shown,
        called=call.info.called.shown,
        plan=call.first_plan,
        last_plan=call.last_plan,
        **figures,
    )
