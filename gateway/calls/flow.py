"""One call's way through its plans: looked up, acted on, onward by a menu's key, to its one ending."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog

from gateway import wall_clock
from gateway.call import (
    REDIRECTED,
    SHUTDOWN,
    Announcement,
    Ending,
    ExpectMedia,
    Flush,
    HearKeys,
    Reason,
    Result,
    Ring,
    UseCodecs,
    orders,
)
from gateway.calls.actions import agent, announce, connected, menu, opening
from gateway.calls.actions.answering import AnsweringWatch
from gateway.calls.actions.attendant import RINGBACK, Attendant
from gateway.calls.actions.presence import while_there
from gateway.calls.actions.prompter import LegGone, Prompter
from gateway.calls.actions.referrals import Referrals
from gateway.calls.admission import PlanSlot
from gateway.calls.call import Call, MachineAnswered, MovedOn, PutThrough, SentOff
from gateway.calls.prompts import GREETING_S
from gateway.calls.services import Services
from gateway.dialplan import Agent, Announce, Dialplan, Menu, Plan, Redirect, Reject, Routed
from gateway.dialplan.model import Limits
from gateway.dialplan.spoken import spoken_text
from gateway.dialplan.visit import ResolvedPlan, visit

log = structlog.get_logger(__name__)

T = TypeVar("T")

LIMITED = Ending(Result.REJECTED, Reason.OVERLOADED, 503)
SPEECHLESS = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
"""What an announcement or a menu would say cannot be had."""
NOTHING_CHOSEN = Ending(Result.COMPLETED, Reason.PLAN_FINISHED)


class CallFlow:
    """One call; `place` is where it counts."""

    def __init__(self, call: Call, services: Services, place: PlanSlot) -> None:
        self._call = call
        self._services = services
        self._place = place
        self._no_media = Limits().no_media
        self._hears_keys = False
        self._codecs: tuple[str, ...] | None = None
        self._disclosed: set[str] = set()
        self._answering: AnsweringWatch | None = None

    async def run(self, dialplan: Dialplan, routed: Routed) -> Ending:
        """Lead the call to its end. Raises GatewayError."""
        way, rules = self._run(dialplan, routed), routed.plan.outbound
        if self._call.info.outbound and rules.on_machine is not None:
            likely = partial(_prepare_message, self._call, self._services)
            self._answering = self._call.answering = AnsweringWatch(self._call, rules, likely)
            way = self._answering.beside(way)
        return await way

    async def _run(self, dialplan: Dialplan, routed: Routed) -> Ending:
        self._call.first_plan = self._call.last_plan = routed.plan.name
        self._call.attendant = attendant = Attendant(self._call, self._services)
        if self._call.info.trunk:
            self._call.notify.add(Referrals(self._call, attendant))
        if routed.plan.lookup is not None:
            self._call.execute(Ring())  # the answer may take its time
        try:
            here = await self._while_there(
                visit(dialplan, routed, self._call.info, wall_clock.now(), self._services.lookups)
            )
            while True:
                onward = await self._stay(here)
                if isinstance(onward, Ending):
                    return onward
                here = onward
        except LegGone as ended:
            return ended.ending
        finally:
            self._services.days.left(self._call)
            self._call.attendant = self._call.answering = None
            self._call.dismiss()

    async def _stay(self, here: ResolvedPlan) -> Ending | ResolvedPlan:
        """Do what a plan says, unless the call is moved on to another one meanwhile."""
        try:
            async with self._call.movable():
                return await self._arrive(here)
        except MovedOn as moved:
            if not self._call.rings:
                self._call.execute(Flush())  # a prompt that is playing
            return self._call.follow(moved.plan)
        except PutThrough as through:
            left = here.plan.limits.max_duration.total_seconds() - (self._call.talk_seconds or 0.0)
            return await connected.talk(self._call, through.second, left, self._services.lines)
        except MachineAnswered:
            assert self._answering is not None, "nobody else tells of machines"
            sound = await self._sound(here.plan, here.plan.outbound.say, here.plan.outbound.play)
            with self._line(here.plan) as line:
                return await self._answering.leave_message(line, sound)
        except SentOff:
            return await self._part(here.plan)

    async def _part(self, plan: Plan) -> Ending:
        """The process stops: whoever rings is to try another gateway, whoever talks is told."""
        if self._call.rings:
            return await self._refuse(plan, SHUTDOWN)
        self._call.execute(Flush())
        sound = self._services.prompts.goodbye(spoken_text(plan, plan.limits.notice))
        return await self._say_goodbye(plan, sound, SHUTDOWN)

    async def _arrive(self, here: ResolvedPlan) -> Ending | ResolvedPlan:
        """Count the call in the plan that it has reached, and do what that says."""
        plan = here.plan
        before = self._call.last_plan
        self._call.reached(here)
        if plan.name != before:
            log.info("call.onward", plan=plan.name, why=here.routed.why)
        if plan.limits.no_media != self._no_media:
            self._no_media = span = plan.limits.no_media
            self._call.execute(ExpectMedia(None if span is None else span.total_seconds()))
        if plan.digits.inband is not self._hears_keys:
            self._hears_keys = plan.digits.inband
            self._call.execute(HearKeys(self._hears_keys))
        if self._call.rings and plan.codecs != self._codecs:
            self._codecs = plan.codecs
            self._call.execute(UseCodecs(plan.codecs or ()))
        if isinstance(plan.action, Reject | Redirect):
            await self._place.leave()  # who is turned away takes no room
            return await self._act(here)
        busy = await self._while_there(self._place.take(plan.name, plan.limits.max_calls))
        if busy is not None:
            return await self._refuse(plan, busy)
        caller = self._call.info.other.shown
        enough = await self._while_there(self._services.days.admit(self._call, plan, caller))
        if enough is not None:
            return await self._not_today(plan, enough)
        await self._open(plan)
        return await self._act(here)

    async def _open(self, plan: Plan) -> None:
        """Tell the caller what comes first, each once in a call, and record if that is agreed to."""
        record, recording = plan.record, self._call.recording
        await self._disclose(plan, plan.answer.disclosure)
        if record is None or recording is None or recording.recording is not None:
            return
        if not recording.possible:
            log.error("recording.impossible", error="no records name it, or this is portable mode")
            return
        if record.consent == "spoken":  # the agent asks; these are words before that
            await self._disclose(plan, record.words)
            return
        words = await self._sound(plan, record.words, None)
        with self._line(plan) as line:
            if await opening.agrees(line, record, words):
                recording.start(record.consent)

    async def _disclose(self, plan: Plan, told: str | None) -> None:
        if told and told not in self._disclosed:
            self._disclosed.add(told)
            words = await self._sound(plan, told, None)
            with self._line(plan) as line:
                await opening.disclose(line, words)

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
        if self._call.rings and self._services.wait(who) > 0:
            return await self._refuse(plan, LIMITED)  # into silence: the account is used up for the moment
        if self._call.rings and not self._call.info.offered:
            await self._answer(plan)  # a model is paid for: none for whom no audio may ever reach
        if self._call.rings:
            await self._ring(plan)
        failure, notice = plan.on_failure, plan.limits.notice
        for words in (failure.say, notice):  # with what was not known before the call, if anything is
            self._services.prompts.prepare(spoken_text(plan, words), GREETING_S)
        ending, needs_apology = await agent.run_agent(self._call, self._services, plan, who)
        if not needs_apology:
            return ending
        if ending.result is Result.COMPLETED:  # a limit of the plan was reached
            sound = self._services.prompts.goodbye(spoken_text(plan, notice))
            return await self._say_goodbye(plan, sound, ending)
        return await self._fail(plan, ending)

    async def _ring(self, plan: Plan) -> None:
        """Let the caller hear that the call is on its way, in the plan's own way if it has one."""
        if (early := plan.answer.early) is None or self._call.info.outbound:
            self._call.execute(Ring())
            return
        said = (None, None) if isinstance(early, str) else (early.say, early.play)
        words = await self._sound(plan, *said)
        with self._line(plan) as line:
            await opening.ring(self._call, line, await self._sound(plan, None, RINGBACK), words)

    async def _announce(self, plan: Plan, said: Announce) -> Ending:
        sound = await self._sound(plan, said.say, said.play)
        if not sound and (said.say or said.play):
            return await self._fail(plan, SPEECHLESS)
        with self._line(plan) as line:
            return await announce.announce(line, sound, said.repeat)

    async def _choose(self, here: ResolvedPlan, offered: Menu) -> Ending | ResolvedPlan:
        plan, again = here.plan, offered.invalid
        prompt = await self._sound(plan, offered.prompt.say, offered.prompt.play)
        if not prompt and (offered.prompt.say or offered.prompt.play):
            return await self._fail(plan, SPEECHLESS)
        wrong = await self._sound(plan, again.say, again.play) if again else Announcement()
        wait, retries = offered.timeout.total_seconds(), offered.retries
        with self._line(plan) as line:
            key = await menu.choose(line, prompt, offered.options, wait=wait, retries=retries, wrong=wrong)
            target = offered.options[key] if key is not None else offered.otherwise
            if target is None:
                return await line.hang_up(NOTHING_CHOSEN)
        return self._call.follow(target)

    async def _redirect(self, plan: Plan, elsewhere: Redirect) -> Ending:
        if not self._call.rings:
            return await self._refuse(plan, REDIRECTED)
        with self._line(plan) as line:
            self._call.execute(orders.Redirect(elsewhere.to))
            return await line.over()

    async def _refuse(self, plan: Plan, ending: Ending) -> Ending:
        """Turn the call away: with a status as long as it rings, with the plan's words afterwards."""
        if not self._call.rings:
            return await self._apologise(plan, ending)
        with self._line(plan) as line:
            return await line.end(ending)

    async def _not_today(self, plan: Plan, ending: Ending) -> Ending:
        """Turn away who comes when the day's limit is reached; whoever was answered is told so."""
        if self._call.rings:
            return await self._refuse(plan, ending)
        words = self._services.prompts.goodbye(spoken_text(plan, plan.limits.notice))
        return await self._say_goodbye(plan, words, Ending(Result.COMPLETED, ending.reason))

    async def _fail(self, plan: Plan, ending: Ending) -> Ending:
        """The same for what we cannot do; a plan with words of its own for it answers to say them."""
        if "on_failure" in plan.model_fields_set:
            return await self._apologise(plan, ending)
        return await self._refuse(plan, ending)  # a proxy may try elsewhere

    async def _apologise(self, plan: Plan, ending: Ending) -> Ending:
        failure = plan.on_failure
        return await self._say_goodbye(
            plan, self._services.prompts.apology(spoken_text(plan, failure.say), failure.play), ending
        )

    async def _say_goodbye(
        self, plan: Plan, sound: Coroutine[Any, Any, Announcement], ending: Ending
    ) -> Ending:
        """Tell the caller why the call ends; who leaves meanwhile does not change why it does."""
        with suppress(LegGone):
            words = await self._while_there(sound)
            with self._line(plan) as line:
                await agent.say_goodbye(line, words, ending)
        return ending

    async def _sound(self, plan: Plan, say: str | None, play: Path | None) -> Announcement:
        return await self._while_there(self._services.prompts.sound(spoken_text(plan, say), play))

    async def _while_there(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for what the caller waits for. Raises LegGone as soon as the call is over."""
        return await while_there(self._call, work)

    async def _answer(self, plan: Plan) -> None:
        """Answer, and wait for the caller's ACK. Raises LegGone if there is none, or no audio in it."""
        with self._line(plan) as line:
            await line.answer()

    def _line(self, plan: Plan) -> Prompter:
        return Prompter(self._call, max_hold=plan.limits.max_hold.total_seconds())


def _prepare_message(call: Call, services: Services) -> None:
    """Have the message to a machine ready by the time of its beep."""
    if (plan := call.plan) is not None:
        services.prompts.prepare(spoken_text(plan, plan.outbound.say))
