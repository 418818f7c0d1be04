"""Who has answered a call of ours: listened for from the answer on, and what the plan wants done then."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import numpy as np
import structlog

from gateway.call import (
    Announcement,
    Answered,
    AnsweredBy,
    Ending,
    Flush,
    LegTap,
    Reason,
    Result,
    WhoAnswered,
    Withhold,
)
from gateway.calls.actions.hearing import hearing
from gateway.calls.actions.prompter import Prompter
from gateway.calls.call import Call, MachineAnswered
from gateway.dialplan.model import Outbound
from gateway.ear.who_answered import AnswerEar
from gateway.errors import MediaError
from gateway.tasks import TaskGroup

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


class AnsweringWatch:
    """One call's. `listen` runs beside whatever the call does, until it is cancelled."""

    def __init__(self, call: Call, rules: Outbound) -> None:
        self._call = call
        self._rules = rules
        self._ear = AnswerEar()
        self._news = asyncio.Event()
        if rules.judges:
            call.execute(Withhold(on=True))

    async def listen(self) -> None:
        """Judge once, then go on listening for the beep."""
        async with hearing(self._call, lambda event: isinstance(event, Answered)) as answered:
            if self._call.rings:
                await answered
        try:
            tap = self._call.leg.tap()
        except MediaError as error:
            log.warning("answering.not_heard", call=self._call.info.id, error=str(error))
            self._judged(AnsweredBy(WhoAnswered.UNKNOWN, "nobody can listen", 0))
            return
        try:
            await self._hear(tap)
        finally:
            tap.close()

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

    async def leave_message(self, line: Prompter, sound: Announcement) -> Ending:
        """Speak to a machine when it is ready, and hang up. Raises LegGone when it hangs up before."""
        self._call.execute(Flush())  # what the agent was about to say to a person
        await self._clear()
        self._call.execute(Withhold(on=False))
        await line.play(sound)
        return await line.hang_up(MESSAGE_LEFT)

    async def _clear(self) -> None:
        """Wait until a machine is ready for a message: after its beep, or so long a silence."""
        limit = self._ear.heard_ms + 1000 * BEEP_WITHIN_S
        while self._ear.heard_ms < limit and not self._call.over:
            if self._ear.beeped_at is not None or self._ear.quiet_ms >= NO_BEEP_MS:
                return
            self._news.clear()
            await self._news.wait()

    async def _hear(self, tap: LegTap) -> None:
        judged = False
        while True:
            await asyncio.sleep(LOOK_S)
            for block in tap.read():
                self._ear.feed(np.frombuffer(block.pcm, "<i2")[::2], block.rate)
            self._news.set()
            if not judged and self._ear.judgement is not None:
                judged = True
                self._judged(self._ear.judgement)

    def _judged(self, found: AnsweredBy) -> None:
        call = self._call
        if call.over:
            return
        log.info("call.answered_by", call=call.info.id, who=found.who.value, why=found.why, ms=found.after_ms)
        if call.runner is not None:
            call.runner.on_fact(found)
        else:
            call.notify(found, asyncio.get_running_loop().time())
        machine = found.who is WhoAnswered.MACHINE
        if machine and self._rules.on_machine == "hang_up":
            call.end(MACHINE_ANSWERED, BY)
        elif machine and self._rules.on_machine == "leave_message":
            call.leave_to(MachineAnswered())
        elif self._rules.judges:
            call.order_leg(BY, Withhold(on=False))
