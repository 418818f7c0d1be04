"""One process' calls: admits, routes, runs each in a task of its own, and drains.

A call is let in or refused here and its plan chosen; what happens in it is the action's business. Whatever
goes wrong in one call stays in it, and each ends with exactly one canonical log line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import structlog
from structlog.contextvars import bound_contextvars

from gateway.actions import agent
from gateway.admission import Admission
from gateway.call import CallInfo, Ending, HangUp, Leg, Reason, Result
from gateway.dialplan import Agent, Dialplan, NoPlan, Plan, Redirect, Reject
from gateway.errors import GatewayError
from gateway.records.summary import Summary

log = structlog.get_logger(__name__)

NO_PLAN = Ending(Result.REJECTED, Reason.NO_PLAN, 404)
BROKEN = Ending(Result.FAILED, Reason.INTERNAL_ERROR, 500)


class RingingLeg(Leg, Protocol):
    """A leg that has not been answered yet."""

    def ring(self) -> None:
        """Let the caller hear that the phone rings."""

    def redirect(self, contact: str, ending: Ending) -> None:
        """Send the caller elsewhere."""


class Worker:
    """Takes legs through `take`; an async context, inside which all its calls run.

    `plans` gives the dialplan in force now: a call keeps the plan that it started with.
    """

    def __init__(
        self, plans: Callable[[], Dialplan], make_session: agent.SessionMaker, max_calls: int
    ) -> None:
        self.admission = Admission(max_calls)
        self._plans = plans
        self._make_session = make_session
        self._tasks = asyncio.TaskGroup()
        self._enders: dict[str, Callable[[], None]] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    async def __aenter__(self) -> Worker:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._tasks.__aexit__(*error)  # type: ignore[arg-type] # the group's own exit arguments

    def take(self, leg: RingingLeg) -> None:
        """Begin a call; returns at once."""
        began = asyncio.get_running_loop().time()
        if (refusal := self.admission.refuse()) is not None:
            leg.carry_out(HangUp(refusal))
            _log_end(leg.info, "", Summary(began), refusal, began)
            return
        self.admission.calls += 1
        self._empty.clear()
        self._tasks.create_task(self._call(leg, began), name=f"call {leg.info.id}")

    async def drain(self, seconds: float) -> int:
        """Take no more calls; let those there are end by themselves, hang up what is left after `seconds`.

        Returns how many had to be hung up.
        """
        self.admission.draining = True
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return self.hang_up_all()
        return 0

    def hang_up_all(self) -> int:
        """End every call now; returns how many there were."""
        enders = list(self._enders.values())
        for end in enders:
            end()
        return len(enders)

    async def _call(self, leg: RingingLeg, began: float) -> None:
        summary = Summary(began)
        plan: Plan | None = None
        ending = BROKEN
        with bound_contextvars(call=leg.info.id):
            try:
                plan, ending = self._route(leg.info)
                if plan is not None:
                    ending = await self._within(plan, leg, summary)
                else:
                    leg.carry_out(HangUp(ending))
            except GatewayError as error:
                log.error("! call refused", error=str(error))
                ending = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, error.status)
                leg.carry_out(HangUp(ending))
            except Exception:  # one broken call must not take the others along
                log.exception("! call broke")
                leg.carry_out(HangUp(ending))
            finally:
                self._enders.pop(leg.info.id, None)
                self.admission.calls -= 1
                if not self.admission.calls:
                    self._empty.set()
                now = asyncio.get_running_loop().time()
                _log_end(leg.info, plan.name if plan else "", summary, ending, now)

    def _route(self, info: CallInfo) -> tuple[Plan | None, Ending]:
        routed = self._plans().route(info, datetime.now(UTC))
        if isinstance(routed, NoPlan):
            log.info("< INVITE", caller=info.caller.user, called=info.called.user, plan=None)
            return None, NO_PLAN
        log.info(
            "< INVITE",
            caller=info.caller.user,
            called=info.called.user,
            source=info.source,
            plan=routed.plan.name,
            why=routed.why,
        )
        return routed.plan, BROKEN

    async def _within(self, plan: Plan, leg: RingingLeg, summary: Summary) -> Ending:
        if (busy := self.admission.enter(plan.name, plan.limits.max_calls)) is not None:
            leg.carry_out(HangUp(busy))
            return busy
        try:
            return await self._act(plan, leg, summary)
        finally:
            self.admission.leave(plan.name)

    async def _act(self, plan: Plan, leg: RingingLeg, summary: Summary) -> Ending:
        match plan.action:
            case Agent() as who:
                leg.ring()

                def started(end: Callable[[], None]) -> None:
                    self._enders[leg.info.id] = end

                return await agent.talk(leg, plan, who, self._make_session, (summary,), started)
            case Reject() as reject:
                ending = Ending(Result.REJECTED, Reason.REJECTED_BY_PLAN, reject.status)
                leg.carry_out(HangUp(ending))
            case Redirect() as redirect:
                ending = Ending(Result.REJECTED, Reason.REDIRECTED, 302)
                leg.redirect(redirect.to, ending)
            case _:
                raise NotImplementedError(type(plan.action).__name__)
        return ending


def _log_end(info: CallInfo, plan: str, summary: Summary, ending: Ending, now: float) -> None:
    """Write the canonical line."""
    log.info(
        "x call",
        call=info.id,
        sip_call_id=info.sip_call_id,
        caller=info.caller.user,
        called=info.called.user,
        plan=plan,
        **summary.line(ending, now),
    )
