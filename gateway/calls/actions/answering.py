"""Who has answered a call of ours: listened for from the answer on, and what the plan wants done then.

The sound is listened to here only until it is known who that is, and while a message waits for its moment;
tones are the media plane's to hear (`HearTones`), for the first minute. The agent hears what no rule does,
and may say so later (the function `machine_answered`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from gateway.arrays import load_soon, np
from gateway.call import (
    Announcement,
    Answered,
    AnsweredBy,
    CallTone,
    Ending,
    Fact,
    Flush,
    HearTones,
    Order,
    Reason,
    Result,
    ToneHeard,
    WhoAnswered,
    Withhold,
)
from gateway.calls.actions.hearing import hearing
from gateway.calls.actions.prompter import Prompter
from gateway.calls.call import Call, MachineAnswered
from gateway.dialplan.model import Outbound
from gateway.ear.who_answered import AnswerEar
from gateway.errors import MediaError, OrderRefused
from gateway.tasks import TaskGroup, within

log = structlog.get_logger(__name__)

BY = "answering machine detection"
MACHINE_ANSWERED = Ending(Result.COMPLETED, Reason.MACHINE_ANSWERED)
MESSAGE_LEFT = Ending(Result.COMPLETED, Reason.MESSAGE_LEFT)
LOOK_S = 0.06
"""Seconds between two looks at what has come: three packets."""
BEEP_WITHIN_S = 40.0
"""A greeting that goes on for longer, or without an end, is spoken into."""
NO_BEEP_MS = 2500
"""After so much silence a machine that has not beeped is not going to."""
TONES_S = 60.0
"""Seconds after the answer for which tones are listened for: no greeting lasts longer."""
NOBODY_HEARS = AnsweredBy(WhoAnswered.UNKNOWN, "nobody can listen", 0)


class AnsweringWatch:
    """One call's. `listen` runs beside whatever the call does, until it is cancelled.

    `likely`: told once, as soon as whoever answers has spoken for so long that it may be a machine.
    """

    def __init__(self, call: Call, rules: Outbound, likely: Callable[[], None] = lambda: None) -> None:
        self._call = call
        self._rules = rules
        self._likely: Callable[[], None] | None = likely
        self._loop = asyncio.get_running_loop()
        self._ear = AnswerEar()
        self._answered_at: float | None = None
        self._found: AnsweredBy | None = None
        self._leaves_message = False
        self._news = asyncio.Event()
        load_soon()
        call.execute(HearTones(on=True))
        if rules.judges:
            call.execute(Withhold(on=True))

    async def listen(self) -> None:
        """Judge once; then hear only what a message has to wait for."""
        with self._call.notify.with_listener(self._take):
            async with hearing(self._call, lambda event: isinstance(event, Answered)) as answered:
                if self._call.rings:
                    await answered
            self._answered_at = self._loop.time()
            try:
                await self._hear(lambda: self._found is None)
            except MediaError as error:
                log.warning("answering.not_heard", call=self._call.info.id, error=str(error))
                self._judged(NOBODY_HEARS)
            if not self._leaves_message:
                await self._wait_for_message()
                self._ear.quiet_ms = 0  # nobody has listened meanwhile
            with suppress(MediaError):
                await self._hear(lambda: True)

    async def beside(self, work: Coroutine[Any, Any, Ending]) -> Ending:
        """Do the call's work, and listen meanwhile. Raises what the work raises."""
        failed: Exception | None = None
        async with TaskGroup() as tasks:
            listening = tasks.create_task(self.listen())
            try:
                return await work
            except Exception as error:  # noqa: BLE001 - raised below: the group would make a group of it
                failed = error
            finally:
                listening.cancel()
        assert failed is not None
        raise failed

    def machine_answered(self) -> None:
        """Take the agent's word for it. Raises OrderRefused before anybody has answered."""
        if self._answered_at is None:
            raise OrderRefused(self._call.info.id, "nobody has answered yet")
        self._judged(AnsweredBy(WhoAnswered.MACHINE, "the agent says so", self._since_answer_ms()))

    async def leave_message(self, line: Prompter, sound: Announcement) -> Ending:
        """Speak to a machine when it is ready, and hang up. Raises LegGone when it hangs up before."""
        self._call.execute(Flush())  # what the agent was about to say to a person
        await self._clear()
        self._call.execute(Withhold(on=False))
        if await line.play(sound, beeps=True):
            await line.play(sound)  # it was not ready yet, for all its silence: now it is
        return await line.hang_up(MESSAGE_LEFT)

    async def _clear(self) -> None:
        """Wait until a machine is ready for a message: after its beep, or so long a silence."""
        with suppress(TimeoutError):
            async with within(BEEP_WITHIN_S):
                while not self._ready and not self._call.over:
                    self._news.clear()
                    await self._news.wait()

    @property
    def _ready(self) -> bool:
        return self._ear.beeped_at is not None or self._ear.quiet_ms >= NO_BEEP_MS

    # --- listening -----------------------------------------------------------------------------------

    async def _hear(self, more: Callable[[], bool]) -> None:
        """Listen as long as there is `more` to find out. Raises MediaError where that cannot be."""
        tap = self._call.leg.tap()
        try:
            while more():
                await asyncio.sleep(LOOK_S)
                for block in tap.read():
                    self._ear.feed(np.frombuffer(block.pcm, "<i2")[::2], block.rate)
                self._news.set()
                self._look()
        finally:
            tap.close()

    def _look(self) -> None:
        if self._ear.judgement is not None:
            self._judged(self._ear.judgement)
        if self._likely is not None and self._ear.goes_on:
            self._likely()
            self._likely = None

    async def _wait_for_message(self) -> None:
        """Wait until a message is to be left; tones are heard a while longer."""
        try:
            async with within(TONES_S):
                await self._message_due()
        except TimeoutError:
            with suppress(OrderRefused):
                self._call.order_leg(BY, HearTones(on=False))
            await self._message_due()

    async def _message_due(self) -> None:
        while not self._leaves_message:
            self._news.clear()
            await self._news.wait()

    def _take(self, event: Fact | Order, _now: float) -> None:
        if not isinstance(event, ToneHeard) or self._answered_at is None:
            return
        judgement = self._ear.hear_tone(event)
        self._news.set()
        if self._found is not None and self._found.who is WhoAnswered.UNKNOWN and event.tone is CallTone.BEEP:
            judgement = AnsweredBy(WhoAnswered.MACHINE, "a beep", self._since_answer_ms())
        if judgement is not None:  # not now: listeners order nothing
            self._loop.call_soon(self._judged, judgement)

    def _since_answer_ms(self) -> int:
        assert self._answered_at is not None
        return round(1000 * (self._loop.time() - self._answered_at))

    # --- what follows --------------------------------------------------------------------------------

    def _judged(self, found: AnsweredBy) -> None:
        """It is known who has answered; what is found later is news only if it is a machine."""
        call, known = self._call, None if self._found is None else self._found.who
        if call.over or known in (found.who, WhoAnswered.MACHINE):
            return
        if known is not None and found.who is not WhoAnswered.MACHINE:
            return
        self._found = found
        log.info("call.answered_by", call=call.info.id, who=found.who.value, why=found.why, ms=found.after_ms)
        if call.runner is not None:
            call.runner.on_fact(found)
        else:
            call.notify(found, self._loop.time())
        machine = found.who is WhoAnswered.MACHINE
        if machine and self._rules.on_machine == "hang_up":
            call.end(MACHINE_ANSWERED, BY)
        elif machine and self._rules.on_machine == "leave_message":
            self._leaves_message = True
            self._news.set()
            call.leave_to(MachineAnswered())
        elif self._rules.judges:
            call.order_leg(BY, Withhold(on=False))
