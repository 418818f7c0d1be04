"""What the attendant of a switchboard does with a call: holds it, takes it back, and puts it through.

Beside the agent, who has the call meanwhile and gets it back if nobody takes it: on hold its conversation
rests. What is asked for comes from a model, and so from whoever speaks with it: whom it may reach is the
plan's list alone (`gateway.dialplan.transfer_targets`), and how often is bounded for each call and plan.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from gateway.arrays import load_soon
from gateway.audio import tone
from gateway.call import (
    TRANSFERRED,
    AgentRole,
    Announcement,
    Destination,
    Dial,
    Fact,
    Flush,
    Hold,
    Join,
    LegState,
    Order,
    PlayMusic,
    Refer,
    ReferProgress,
    Resume,
    Resumed,
    TransferBegan,
    TransferEnded,
    TransferOutcome,
    outcome_of,
)
from gateway.calls.actions.connected import THEY_LEFT
from gateway.calls.actions.hearing import hearing, while_up
from gateway.calls.actions.joining import Joining
from gateway.calls.actions.message import record
from gateway.calls.actions.prompter import LegGone
from gateway.calls.actions.second_leg import NoLine, SecondLeg, beside, dialled
from gateway.calls.call import MOST_KEYS, Call
from gateway.calls.services import Services
from gateway.calls.transfer_counts import TransferBudget
from gateway.conversation.key_collector import KeyCollector
from gateway.dialplan import Plan
from gateway.dialplan.model import TransferTarget
from gateway.dialplan.spoken import spoken_text
from gateway.dialplan.transfer_targets import TargetRefused, find_target, is_written_out
from gateway.errors import OrderRefused
from gateway.tasks import within

SOUNDS = Path(__file__).parents[1] / "sounds"
MUSIC = SOUNDS / "music.wav"
RINGBACK = SOUNDS / "ringback.wav"
LAST_WORDS_S = 15.0
"""Seconds that the agent may go on speaking before the caller is taken from it."""
REFER_S = 10.0
"""Seconds for the far side's own part, beside the ringing, in a transfer that it makes for us."""
LONGEST_SUMMARY = 400
"""Characters of a summary that are spoken: half a minute."""
NOT_JOINED = 500
"""As whom we cannot join: they have just left, or we run in portable mode."""
TAKE_OVER = "take_over"
"""How an operator comes to a caller, beside the modes of a plan's targets."""
OPERATOR_RINGS_S = 20.0
"""Seconds for an operator's browser to be connected."""
HUNG_UP_ON_US = 480
"""As who answered and did not stay for our words."""
BEEP_HZ, BEEP_S = 1000, 0.4
"""After it a message is recorded."""
AFTER_PLAYOUT_S = 0.25
"""The phone's jitter buffer has to play out the agent's last word."""


class Attendant:
    """One call's."""

    def __init__(self, call: Call, services: Services) -> None:
        self._call = call
        self._services = services
        self.budget = TransferBudget(call.info.id, services.transfers)
        """How often it may still be transferred, by whomever."""
        self.transfers = False
        """One is under way."""
        self._together = False  # they talk, and the agent is still there
        self._loop = asyncio.get_running_loop()

    # --- hold ----------------------------------------------------------------------------------------

    async def hold(self, by: str) -> None:
        """Put the caller on hold, with music, when the agent has finished. Raises OrderRefused."""
        plan = self._plan()
        await self._quiet()
        self._keep_waiting(await self._music(plan), by, tells=True)

    async def held_for(self, seconds: float) -> None:
        """Take the caller back after so long, unless somebody has before."""
        async with hearing(self._call, lambda event: isinstance(event, Resumed)) as back:
            try:
                async with within(seconds):
                    await back
            except TimeoutError:
                self._take_back("attendant")

    def resume(self, by: str) -> None:
        """Take the caller back from our hold. Raises OrderRefused."""
        self._plan()
        if self._call.state is not LegState.HELD:
            raise OrderRefused(self._call.info.id, "it is not on hold")
        self._take_back(by)

    # --- digits --------------------------------------------------------------------------------------

    async def collect(self, most: int, terminator: str, first_s: float, between_s: float) -> str:
        """Return the keys that the caller presses, when the agent has finished; nobody else is told of them.

        `first_s`: seconds until the first key; `between_s`: from one to the next. Raises OrderRefused.
        """
        self._plan()
        runner = self._call.runner
        assert runner is not None, "_plan has looked"
        came = asyncio.Event()
        keys = KeyCollector(most, terminator, came.set)
        with runner.collecting(keys):
            await self._quiet()
            while not keys.complete:
                came.clear()
                try:
                    async with within(between_s if keys.keys else first_s):
                        await came.wait()
                except TimeoutError:
                    break
        return keys.keys

    # --- messages ------------------------------------------------------------------------------------

    async def take_message(self, by: str) -> float:
        """Record what the caller says after a beep; returns its length in seconds, 0 if nothing was said.

        Raises OrderRefused, and MediaError in portable mode.
        """
        rules, runner = self._plan().messages, self._call.runner
        if rules is None or runner is None:
            raise OrderRefused(self._call.info.id, "its plan keeps no messages")
        load_soon()
        ended = asyncio.Event()
        keys = KeyCollector(MOST_KEYS, "#", lambda: ended.set() if keys.complete else None)
        with runner.collecting(keys):
            await self._quiet()
            self._call.play(tone(BEEP_HZ, BEEP_S), by)
            await asyncio.sleep(BEEP_S)
            self._call.order_leg(by, Hold(tells=False))
            try:
                return (await record(self._call, rules, ended)).seconds
            finally:
                self._take_back(by)

    # --- transfer ------------------------------------------------------------------------------------

    def check_free(self) -> None:
        """Raise OrderRefused where no agent has the call, or somebody else is about to."""
        self._plan()

    def check(self, name: str, digits: str) -> None:
        """Raise OrderRefused for what could not even begin now."""
        self._find(self._plan(), name, digits)

    async def transfer(self, name: str, digits: str, summary: str, by: str) -> TransferEnded:
        """Put the caller through to a target of the plan; returns how that came out.

        `summary` is spoken to the target where the plan says so. Raises OrderRefused where it may not be
        tried.
        """
        plan = self._plan()
        target, to = self._find(plan, name, digits)
        self.budget.take(plan, self._loop.time())
        put_through = partial(self._put_through, plan, target, (to, digits), summary, by)
        return await self._transferred(name, target.mode, put_through, by)

    async def take_over(self, to: Destination, by: str) -> TransferEnded:
        """Have an operator speak with the caller in the agent's place; returns how that came out.

        The agent falls silent when the operator answers, and has the caller back when the operator hangs up.
        Raises OrderRefused where no agent has the call.
        """
        self._plan()
        return await self._transferred(by, TAKE_OVER, partial(self._give_to_operator, to, by), by)

    async def _transferred(
        self, name: str, mode: str, put_through: Callable[[], Awaitable[tuple[int, bool]]], by: str
    ) -> TransferEnded:
        """Put the caller through, tell of it, and have the caller back where that fails, or is over."""
        self.transfers = True
        self._tell(TransferBegan(name, mode))
        ended = TransferEnded(name, TransferOutcome.STOPPED)
        try:
            async with while_up(self._call):
                status, back = await put_through()
                ended = TransferEnded(name, outcome_of(status), status, back)
        except NoLine as none:
            ended = TransferEnded(name, outcome_of(none.status), none.status)
        except LegGone as gone:
            done = self._together or gone.ending == TRANSFERRED
            ended = TransferEnded(name, TransferOutcome.TRANSFERRED if done else TransferOutcome.CALLER_LEFT)
        finally:
            self.transfers = self._together = False
            self._tell(ended)
            if ended.outcome.failed or ended.back:
                self._take_back(by)
        return ended

    async def _put_through(
        self, plan: Plan, target: TransferTarget, where: tuple[Destination, str], summary: str, by: str
    ) -> tuple[int, bool]:
        """Return the last status of it, and whether the caller is ours again though it is 2xx."""
        to, digits = where
        await self._quiet()
        rings = target.waits_with == "ringback"
        sound = await (self._services.prompts.sound(None, RINGBACK) if rings else self._music(plan))
        self._keep_waiting(sound, by, tells=False)
        if target.mode == "blind":
            return await _referred(self._call, Refer(to), target, by), False
        shown, rings_s = self._call.info.caller, target.ring.total_seconds()
        dial = Dial(to, shown, rings_s, target.trunk, is_written_out(target, digits, self._region))
        async with dialled(self._services, dial, self._call) as second:
            with Joining(self._call, second.call, by, early=rings) as joining:
                try:
                    words = await beside(
                        _announcement(self._services, plan, target, summary), second.answered()
                    )
                    if words:
                        joining.part(sound)
                    await second.hears(words)
                except LegGone as gone:
                    return (gone.ending.status if gone.ending.status >= 300 else HUNG_UP_ON_US), False
                return await self._hand_over(second, joining, target, to, by)

    async def _give_to_operator(self, to: Destination, by: str) -> tuple[int, bool]:
        """Return the last status of it, and whether the operator has given the caller back."""
        dial = Dial(to, self._call.info.caller, OPERATOR_RINGS_S, written_out=True)
        async with dialled(self._services, dial, self._call) as second:
            try:
                await second.answered()
            except LegGone as gone:
                return (gone.ending.status if gone.ending.status >= 300 else HUNG_UP_ON_US), False
            self._call.order_leg(by, Flush(), Hold(tells=False))
            with Joining(self._call, second.call, by, early=False) as joining:
                if not await joining.joined():
                    return NOT_JOINED, False
                await second.over()
            return 200, True

    async def _hand_over(
        self, second: SecondLeg, joining: Joining, target: TransferTarget, to: Destination, by: str
    ) -> tuple[int, bool]:
        """Bring the two together who both are on a line of ours."""
        other = second.call.info.id
        if target.mode == "attended":
            status = await _referred(self._call, Refer(to, replaces=other), target, by)
            if outcome_of(status) is TransferOutcome.TRANSFERRED:
                return status, False
        if not await joining.joined():
            return NOT_JOINED, False
        listens = target.agent == "listens"
        if listens:
            self._call.order_leg(by, Resume(), PlayMusic(b""), Join(other, AgentRole.LISTENS))
        self._together = True
        if target.then == "hang_up" and not listens:
            self._call.put_through(second.keep())
            return 200, False
        await second.over()
        if target.then == "hang_up":
            self._call.end(THEY_LEFT, by)
        return 200, target.then == "agent"

    # --- what may be done, and how -------------------------------------------------------------------

    def _plan(self) -> Plan:
        """Return the plan of a caller whom an agent has, with nobody at it yet. Raises OrderRefused."""
        plan = self._call.plan
        if plan is None or self._call.runner is None or self._call.over:
            raise OrderRefused(self._call.info.id, "no agent is there who could take it back")
        if self._call.rings:
            raise OrderRefused(self._call.info.id, "it is not answered yet")
        if self.transfers:
            raise OrderRefused(self._call.info.id, "a transfer is under way")
        return plan

    def _find(self, plan: Plan, name: str, digits: str) -> tuple[TransferTarget, Destination]:
        try:
            return find_target(plan.targets, name, digits, self._region)
        except TargetRefused as refused:
            raise OrderRefused(self._call.info.id, str(refused)) from None

    @property
    def _region(self) -> str | None:
        return None if self._call.resolved is None else self._call.resolved.dialplan.region

    async def _music(self, plan: Plan) -> Announcement:
        sound = self._services.prompts.sound
        return await sound(None, plan.hold_music or MUSIC) or await sound(None, MUSIC)

    async def _quiet(self) -> None:
        """Let the agent finish, and the phone play what it said. Raises OrderRefused if it has left."""
        runner = self._call.runner
        if runner is not None:
            with suppress(TimeoutError):
                async with within(LAST_WORDS_S):
                    await runner.quiet()
            await asyncio.sleep(AFTER_PLAYOUT_S)
        if runner is None or self._call.runner is not runner:
            raise OrderRefused(self._call.info.id, "its agent has left it meanwhile")

    def _keep_waiting(self, sound: Announcement, by: str, *, tells: bool) -> None:
        self._call.order_leg(by, Hold(tells=tells), PlayMusic(sound.pcm))

    def _take_back(self, by: str) -> None:
        if not self._call.over:
            self._call.order_leg(by, Resume(), PlayMusic(b""))

    def _tell(self, fact: Fact) -> None:
        self._call.notify(fact, self._loop.time())


async def _referred(call: Call, order: Refer, target: TransferTarget, by: str) -> int:
    """Have the far side call somebody; returns the final status of that, 408 where it says none."""
    async with hearing(call, _is_final) as told:
        call.order_leg(by, order)
        try:
            async with within(target.ring.total_seconds() + REFER_S):
                final = await told
        except TimeoutError:
            return 408
    assert isinstance(final, ReferProgress)
    if outcome_of(final.status) is TransferOutcome.TRANSFERRED:
        call.end(TRANSFERRED, by)
    return final.status


async def _announcement(services: Services, plan: Plan, target: TransferTarget, summary: str) -> Announcement:
    """Return what the target hears first; silence where the plan says nothing."""
    if target.announce is None:
        return Announcement()
    words = target.announce.replace("{summary}", " ".join(summary.split())[:LONGEST_SUMMARY])
    return await services.prompts.sound(spoken_text(plan, words), None)


def _is_final(event: Fact | Order) -> bool:
    return isinstance(event, ReferProgress) and event.status >= 200
