"""One call's way through its plans: looked up, acted on, onward by a menu's key, to its one ending."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from gateway.actions import agent, announce, menu
from gateway.actions.line import Line, LineEnded
from gateway.admission import Place
from gateway.bridge.bridge import Listener
from gateway.call import Answer, Ending, Fact, Leg, Order, Reason, Result
from gateway.dialplan import Agent, Announce, Dialplan, Menu, Plan, Redirect, Reject, Routed
from gateway.dialplan.lookup import LookUps
from gateway.dialplan.visit import Visit, visit
from gateway.prompts import Prompts
from gateway.records.audience import Audience

log = structlog.get_logger(__name__)

REDIRECTED = Ending(Result.REJECTED, Reason.REDIRECTED, 302)
LIMITED = Ending(Result.REJECTED, Reason.OVERLOADED, 503)
SPEECHLESS = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
"""What an announcement or a menu would say cannot be had."""
NOTHING_CHOSEN = Ending(Result.COMPLETED, Reason.PLAN_FINISHED)


class RingingLeg(Leg, Protocol):
    """A leg that has not been answered yet."""

    def ring(self) -> None:
        """Let the caller hear that the phone rings."""

    def redirect(self, contact: str, ending: Ending) -> None:
        """Send the caller elsewhere."""


@dataclass(frozen=True, slots=True)
class Services:
    """What all calls of a process share."""

    make_session: agent.SessionMaker
    prompts: Prompts
    lookups: LookUps
    costs: agent.Costs
    wait: Callable[[Agent], float]
    """Seconds until the agent's account has room for one more call; 0 for now."""


class Course:
    """One call. `on_shutdown` is told, whenever it changes, how to end the call when nobody can wait.

    `place` is where the call counts; `plan` the name of the plan that it has reached.
    """

    def __init__(
        self,
        leg: RingingLeg,
        services: Services,
        listeners: tuple[Listener, ...],
        on_shutdown: Callable[[Callable[[], None]], None],
        place: Place,
    ) -> None:
        self._leg = leg
        self._services = services
        self._audience = Audience(self._hear, *listeners)
        self._on_shutdown = on_shutdown
        self._place = place
        self._answered: float | None = None  # when, in loop seconds
        self.plan = ""

    async def run(self, dialplan: Dialplan, routed: Routed) -> Ending:
        """Lead the call to its end. Raises GatewayError."""
        self.plan = routed.plan.name
        if routed.plan.lookup is not None:
            self._leg.ring()  # the answer may take its time
        here = await visit(dialplan, routed, self._leg.info, datetime.now(UTC), self._services.lookups)
        try:
            while True:
                onward = await self._arrive(here)
                if isinstance(onward, Ending):
                    return onward
                here = onward
        except LineEnded as ended:
            return ended.ending
        finally:
            self._audience.dismiss()

    async def _arrive(self, here: Visit) -> Ending | Visit:
        """Count the call in the plan that it has reached, and do what that says."""
        plan = here.plan
        if plan.name != self.plan:
            self.plan = plan.name
            log.info("= onward", plan=plan.name, why=here.routed.why)
        if isinstance(plan.action, Reject | Redirect):
            self._place.leave()  # who is turned away takes no room
        elif (busy := self._place.take(plan.name, plan.limits.max_calls)) is not None:
            with self._line() as line:
                return await self._refuse(line, plan, busy)
        return await self._act(here)

    async def _act(self, here: Visit) -> Ending | Visit:
        match here.plan.action:
            case Agent() as who:
                return await self._talk(here.plan, who)
            case Announce() as said:
                return await self._announce(here.plan, said)
            case Menu() as offered:
                return await self._choose(here, offered)
            case Reject() as refused:
                with self._line() as line:
                    refusal = Ending(Result.REJECTED, Reason.REJECTED_BY_PLAN, refused.status)
                    return await self._refuse(line, here.plan, refusal)
            case Redirect() as elsewhere:
                return await self._redirect(here.plan, elsewhere)

    async def _talk(self, plan: Plan, who: Agent) -> Ending:
        if self._answered is None and self._services.wait(who) > 0:
            with self._line() as line:  # into silence: the account is used up for the moment
                return await self._refuse(line, plan, LIMITED)
        if self._answered is None:
            self._leg.ring()
        failure = plan.on_failure
        notice = plan.limits.notice
        for words in (failure.say, notice):
            self._services.prompts.prepare(words)
        ending, owed = await agent.talk(
            self._leg,
            plan,
            who,
            self._services.make_session,
            self._services.costs,
            (self._audience,),
            self._on_shutdown,
            answered=self._answered,
            hold=await self._services.prompts.moment(failure.hold),
        )
        if not owed:
            return ending
        with self._line() as line:
            if ending.result is Result.COMPLETED:  # a limit of the plan was reached
                return await _part(line, await self._services.prompts.sound(notice, None), ending)
            return await self._fail(line, plan, ending)

    async def _announce(self, plan: Plan, said: Announce) -> Ending:
        with self._line() as line:
            sound = await self._services.prompts.sound(said.say, said.play)
            if not sound and (said.say or said.play):
                return await self._fail(line, plan, SPEECHLESS)
            return await announce.announce(line, sound, said.repeat)

    async def _choose(self, here: Visit, offered: Menu) -> Ending | Visit:
        sound = self._services.prompts.sound
        with self._line() as line:
            prompt = await sound(offered.prompt.say, offered.prompt.play)
            if not prompt and (offered.prompt.say or offered.prompt.play):
                return await self._fail(line, here.plan, SPEECHLESS)
            wrong = await sound(offered.invalid.say, offered.invalid.play) if offered.invalid else b""
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
        with self._line() as line:
            if self._answered is not None:
                return await self._refuse(line, plan, REDIRECTED)
            self._leg.redirect(elsewhere.to, REDIRECTED)
            return await line.over()

    async def _refuse(self, line: Line, plan: Plan, ending: Ending) -> Ending:
        """Turn the call away: with a status as long as it rings, with the plan's words afterwards."""
        rings = self._answered is None
        return await (line.end(ending) if rings else self._apologise(line, plan, ending))

    async def _fail(self, line: Line, plan: Plan, ending: Ending) -> Ending:
        """The same for what we cannot do; a plan with words of its own for it answers to say them."""
        if "on_failure" in plan.model_fields_set:
            return await self._apologise(line, plan, ending)
        return await self._refuse(line, plan, ending)  # a proxy may try elsewhere

    async def _apologise(self, line: Line, plan: Plan, ending: Ending) -> Ending:
        failure = plan.on_failure
        return await _part(line, await self._services.prompts.apology(failure.say, failure.play), ending)

    def _line(self) -> Line:
        line = Line(self._leg, self._audience, answered=self._answered is not None)
        self._on_shutdown(line.drain)
        return line

    def _hear(self, event: Fact | Order, now: float) -> None:
        if isinstance(event, Answer):
            self._answered = now


async def _part(line: Line, sound: bytes, ending: Ending) -> Ending:
    """Tell the caller why the call ends; who leaves meanwhile does not change why it does."""
    with suppress(LineEnded):
        await agent.part(line, sound, ending)
    return ending
