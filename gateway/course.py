"""One call's way through its plans: looked up, acted on, onward by a menu's key, to its one ending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from gateway.actions import agent, announce, menu
from gateway.actions.line import Line
from gateway.bridge.bridge import Listener
from gateway.call import Ending, HangUp, Leg, Reason, Result
from gateway.dialplan import Agent, Announce, Dialplan, Menu, Redirect, Reject, Routed
from gateway.dialplan.lookup import LookUps
from gateway.dialplan.visit import Visit, visit
from gateway.prompts import Prompts

REDIRECTED = Ending(Result.REJECTED, Reason.REDIRECTED, 302)
LIMITED = Ending(Result.REJECTED, Reason.OVERLOADED, 503)
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
    """One call. `on_shutdown` is told, whenever it changes, how to end the call when nobody can wait."""

    def __init__(
        self,
        leg: RingingLeg,
        services: Services,
        listeners: tuple[Listener, ...],
        on_shutdown: Callable[[Callable[[], None]], None],
    ) -> None:
        self._leg = leg
        self._services = services
        self._listeners = listeners
        self._on_shutdown = on_shutdown
        self._answered = False

    async def run(self, dialplan: Dialplan, routed: Routed) -> Ending:
        """Lead the call to its end. Raises LineEnded for a caller who hangs up in a prompt; GatewayError."""
        if routed.plan.lookup is not None:
            self._leg.ring()  # the answer may take its time
        here = await visit(dialplan, routed, self._leg.info, datetime.now(UTC), self._services.lookups)
        while True:
            onward = await self._act(here)
            if isinstance(onward, Ending):
                # To SIP a call that was answered was a success, however it went on.
                return replace(onward, status=200) if self._answered else onward
            here = onward

    async def _act(self, here: Visit) -> Ending | Visit:
        match here.plan.action:
            case Agent() as who:
                return await self._talk(here, who)
            case Announce() as said:
                with self._line() as line:
                    sound = await self._services.prompts.sound(said.say, said.play)
                    return await announce.announce(line, sound, said.repeat)
            case Menu() as offered:
                return await self._choose(here, offered)
            case Reject() as refused:
                return self._refuse(Ending(Result.REJECTED, Reason.REJECTED_BY_PLAN, refused.status))
            case Redirect() as elsewhere:
                self._leg.redirect(elsewhere.to, REDIRECTED)
                return REDIRECTED

    async def _talk(self, here: Visit, who: Agent) -> Ending:
        if not self._answered and self._services.wait(who) > 0:
            return self._refuse(LIMITED)  # into silence: the account is used up for the moment
        if not self._answered:
            self._leg.ring()
        failure = here.plan.on_failure
        notice = here.plan.limits.notice
        for words in (failure.say, notice):
            self._services.prompts.prepare(words)
        ending, owed = await agent.talk(
            self._leg,
            here.plan,
            who,
            self._services.make_session,
            self._services.costs,
            self._listeners,
            self._on_shutdown,
            answered=self._answered,
            hold=await self._services.prompts.moment(failure.hold),
        )
        if not owed:
            return ending
        if ending.result is Result.COMPLETED:  # a limit of the plan was reached
            self._answered = True
            with self._line() as line:
                return await agent.part(line, await self._services.prompts.sound(notice, None), ending)
        self._answered |= ending.reason is Reason.SESSION_LOST
        if not self._answered and "on_failure" not in here.plan.model_fields_set:
            return self._refuse(ending)  # a proxy may try elsewhere, where an apology would end it here
        with self._line() as line:
            sound = await self._services.prompts.apology(failure.say, failure.play)
            self._answered = True
            return await agent.part(line, sound, ending)

    async def _choose(self, here: Visit, offered: Menu) -> Ending | Visit:
        sound = self._services.prompts.sound
        with self._line() as line:
            prompt = await sound(offered.prompt.say, offered.prompt.play)
            wrong = await sound(offered.invalid.say, offered.invalid.play) if offered.invalid else b""
            key = await menu.choose(
                line,
                prompt,
                offered.options,
                wait=offered.timeout.total_seconds(),
                retries=offered.retries,
                wrong=wrong,
            )
            self._answered = True
            target = offered.options[key] if key is not None else offered.otherwise
            if target is None:
                return await line.hang_up(NOTHING_CHOSEN)
        return here.follow(target, datetime.now(UTC))

    def _line(self) -> Line:
        line = Line(self._leg, answered=self._answered)
        self._on_shutdown(line.drain)
        return line

    def _refuse(self, ending: Ending) -> Ending:
        self._leg.carry_out(HangUp(ending))
        return ending
