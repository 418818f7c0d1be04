"""One call's way through its plans: looked up, acted on, onward by a menu's key, to its one ending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import structlog

from gateway.call import (
    REDIRECTED,
    Ending,
    HangUp,
    Leg,
    LegOrder,
    Reason,
    Result,
    Ring,
    orders,
)
from gateway.calls.actions import agent, announce, menu
from gateway.calls.actions.presence import while_there
from gateway.calls.actions.prompter import SHUTDOWN, LegGone, Prompter
from gateway.calls.admission import PlanSlot
from gateway.calls.prompts import GREETING_S
from gateway.calls.services import Services
from gateway.conversation.runner import Listener
from gateway.dialplan import Agent, Announce, Dialplan, Menu, Plan, Redirect, Reject, Routed
from gateway.dialplan.visit import ResolvedPlan, visit
from gateway.records.listener_group import ListenerGroup

log = structlog.get_logger(__name__)

T = TypeVar("T")

LIMITED = Ending(Result.REJECTED, Reason.OVERLOADED, 503)
SPEECHLESS = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
"""What an announcement or a menu would say cannot be had."""
NOTHING_CHOSEN = Ending(Result.COMPLETED, Reason.PLAN_FINISHED)


class CallFlow:
    """One call. `on_drain` is told, whenever it changes, how to end the call when nobody can wait.

    `place` is where the call counts; `plan` the name of the plan that it has reached.
    """

    def __init__(
        self,
        leg: Leg,
        services: Services,
        listeners: tuple[Listener, ...],
        on_drain: Callable[[Callable[[], None]], None],
        place: PlanSlot,
    ) -> None:
        self._leg = leg
        self._services = services
        self._listeners = ListenerGroup(*listeners)
        self._on_drain = on_drain
        self._place = place
        self._ending = False
        self.plan = ""

    async def run(self, dialplan: Dialplan, routed: Routed) -> Ending:
        """Lead the call to its end. Raises GatewayError."""
        self.plan = routed.plan.name
        if routed.plan.lookup is not None:
            self._order(Ring())  # the answer may take its time
        try:
            here = await self._while_there(
                visit(dialplan, routed, self._leg.info, datetime.now(UTC), self._services.lookups)
            )
            while True:
                onward = await self._arrive(here)
                if isinstance(onward, Ending):
                    return onward
                here = onward
        except LegGone as ended:
            return ended.ending
        finally:
            self._listeners.dismiss()

    async def _arrive(self, here: ResolvedPlan) -> Ending | ResolvedPlan:
        """Count the call in the plan that it has reached, and do what that says."""
        plan = here.plan
        if plan.name != self.plan:
            self.plan = plan.name
            log.info("call.onward", plan=plan.name, why=here.routed.why)
        if isinstance(plan.action, Reject | Redirect):
            self._place.leave()  # who is turned away takes no room
        elif (busy := self._place.take(plan.name, plan.limits.max_calls)) is not None:
            return await self._refuse(plan, busy)
        return await self._act(here)

    async def _act(self, here: ResolvedPlan) -> Ending | ResolvedPlan:
        match here.plan.action:
            case Agent() as who:
                return await self._run_agent(here.plan, who)
            case Announce() as said:
                return await self._announce(here.plan, said)
            case Menu() as offered:
                return await self._choose(here, offered)
            case Reject() as refused:
                refusal = Ending(Result.REJECTED, Reason.REJECTED_BY_PLAN, refused.status)
                return await self._refuse(here.plan, refusal)
            case Redirect() as elsewhere:
                return await self._redirect(here.plan, elsewhere)

    async def _run_agent(self, plan: Plan, who: Agent) -> Ending:
        if self._rings and self._services.wait(who) > 0:
            return await self._refuse(plan, LIMITED)  # into silence: the account is used up for the moment
        if self._rings:
            self._order(Ring())
        failure = plan.on_failure
        notice = plan.limits.notice
        for words in (failure.say, notice):  # with what was not known before the call, if anything is
            self._services.prompts.prepare(words, GREETING_S)
        ending, needs_apology = await agent.run_agent(
            self._leg,
            plan,
            who,
            self._services.make_session,
            self._services.costs,
            (self._listeners,),
            self._on_drain,
            hold=await self._while_there(self._services.prompts.moment(failure.hold)),
        )
        if not needs_apology:
            return ending
        if ending.result is Result.COMPLETED:  # a limit of the plan was reached
            return await self._say_goodbye(plan, self._services.prompts.sound(notice, None), ending)
        return await self._fail(plan, ending)

    async def _announce(self, plan: Plan, said: Announce) -> Ending:
        sound = await self._sound(said.say, said.play)
        if not sound and (said.say or said.play):
            return await self._fail(plan, SPEECHLESS)
        with self._line(plan) as line:
            return await announce.announce(line, sound, said.repeat)

    async def _choose(self, here: ResolvedPlan, offered: Menu) -> Ending | ResolvedPlan:
        prompt = await self._sound(offered.prompt.say, offered.prompt.play)
        if not prompt and (offered.prompt.say or offered.prompt.play):
            return await self._fail(here.plan, SPEECHLESS)
        wrong = await self._sound(offered.invalid.say, offered.invalid.play) if offered.invalid else b""
        with self._line(here.plan) as line:
            key = await menu.choose(
                line,
                prompt,
                offered.options,
                wait=offered.timeout.total_seconds(),
                retries=offered.retries,
                wrong=wrong,
            )
            target = offered.options[key] if key is not None else offered.otherwise
            if target is None:
                return await line.hang_up(NOTHING_CHOSEN)
        return here.follow(target, datetime.now(UTC))

    async def _redirect(self, plan: Plan, elsewhere: Redirect) -> Ending:
        if not self._rings:
            return await self._refuse(plan, REDIRECTED)
        with self._line(plan) as line:
            self._order(orders.Redirect(elsewhere.to))
            return await line.over()

    async def _refuse(self, plan: Plan, ending: Ending) -> Ending:
        """Turn the call away: with a status as long as it rings, with the plan's words afterwards."""
        if not self._rings:
            return await self._apologise(plan, ending)
        with self._line(plan) as line:
            return await line.end(ending)

    async def _fail(self, plan: Plan, ending: Ending) -> Ending:
        """The same for what we cannot do; a plan with words of its own for it answers to say them."""
        if "on_failure" in plan.model_fields_set:
            return await self._apologise(plan, ending)
        return await self._refuse(plan, ending)  # a proxy may try elsewhere

    async def _apologise(self, plan: Plan, ending: Ending) -> Ending:
        failure = plan.on_failure
        return await self._say_goodbye(
            plan, self._services.prompts.apology(failure.say, failure.play), ending
        )

    async def _say_goodbye(self, plan: Plan, sound: Coroutine[Any, Any, bytes], ending: Ending) -> Ending:
        """Tell the caller why the call ends; who leaves meanwhile does not change why it does."""
        with suppress(LegGone):
            pcm = await self._while_there(sound)
            with self._line(plan) as line:
                await agent.say_goodbye(line, pcm, ending)
        return ending

    async def _sound(self, say: str | None, play: Path | None) -> bytes:
        return await self._while_there(self._services.prompts.sound(say, play))

    async def _while_there(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for what the caller waits for. Raises LineEnded as soon as they do not, or we end the call."""
        self._on_drain(self._end)
        if self._ending:
            work.close()
            work = _for_ever()  # until the leg's end comes, which is on its way
        return await while_there(self._leg, work, self._listeners)

    def _end(self) -> None:
        if self._ending:
            return
        self._ending = True
        self._order(HangUp(SHUTDOWN))

    def _order(self, order: LegOrder) -> None:
        self._listeners(order, asyncio.get_running_loop().time())
        self._leg.execute(order)

    @property
    def _rings(self) -> bool:
        return self._leg.answered_at is None

    def _line(self, plan: Plan) -> Prompter:
        line = Prompter(self._leg, self._listeners, max_hold=plan.limits.max_hold.total_seconds())
        self._on_drain(line.drain)
        return line


async def _for_ever() -> NoReturn:
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody gives a result")
