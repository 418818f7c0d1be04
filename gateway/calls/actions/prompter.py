"""A leg without a model: answer, play, wait for a key, hang up, in straight lines of code."""

from __future__ import annotations

import asyncio
from collections import deque

from gateway.call import (
    Announcement,
    Answer,
    Answered,
    CallTone,
    Digit,
    Ending,
    FinishItem,
    Flush,
    HangUp,
    Held,
    LegEnded,
    LegFact,
    Play,
    Played,
    Reason,
    Result,
    Resumed,
    ToneHeard,
)
from gateway.calls.call import Call
from gateway.conversation.policy import AFTER_LAST_WORD
from gateway.tasks import until, within

ANSWER_WITHIN = 40.0
"""Seconds until the caller's ACK; PJSIP gives up after 32 (RFC 3261 timer H)."""
MAX_HOLD = 600.0
"""Seconds that a caller may hold, where no plan says otherwise."""
QUEUED_FACTS = 256
FINISHED = Ending(Result.COMPLETED, Reason.PLAN_FINISHED)
HELD_TOO_LONG = Ending(Result.COMPLETED, Reason.MAX_HOLD)


class LegGone(Exception):
    """The call ended while something was played or waited for."""

    def __init__(self, ending: Ending) -> None:
        self.ending = ending
        super().__init__(ending.reason.value)


class Prompter:
    """Use as a context: listens to the leg inside of it, and lets the next listener have it afterwards.

    `max_hold`: seconds after which a caller who holds is not waited for any more; playing and waiting for a
    key rest meanwhile.
    """

    def __init__(self, call: Call, *, max_hold: float = MAX_HOLD) -> None:
        self._call = call
        self._max_hold = max_hold
        self._kept: deque[LegFact] = deque()  # happened while something else was waited for
        self._loop = asyncio.get_running_loop()
        self._facts: asyncio.Queue[LegFact] = asyncio.Queue(QUEUED_FACTS)

    def __enter__(self) -> Prompter:
        self._call.leg.listen(self._take, lambda _pcm: None)
        return self

    def __exit__(self, *_error: object) -> None:
        self._call.leg.detach()

    async def answer(self) -> None:
        """Answer, unless that was done, or wait for whom we call to. Raises LegGone when it does not come."""
        if not self._call.rings:
            return
        if self._call.info.outbound:  # they do, or their phone rings for too long
            await self.until(Answered)
            return
        self._call.execute(Answer())
        pressed = deque[LegFact]()
        async with within(ANSWER_WITHIN):
            while not isinstance(fact := await self._next(), Answered):
                if isinstance(fact, Digit):
                    pressed.append(fact)  # a phone may send one before we have read its ACK
        self._kept.extend(pressed)

    async def until(self, wanted: type[LegFact]) -> None:
        """Wait for a fact, others are passed over. Raises LegGone when the call ends before."""
        while not isinstance(await self._next(), wanted):
            pass

    async def play(self, sound: Announcement, keys: str = "", *, beeps: bool = False) -> str:
        """Play something to its end, or until one of `keys` is pressed: it is returned, else "".

        `beeps`: also until a machine beeps, which is returned as `beep`. Raises LegGone when the caller hangs
        up.
        """
        item = self._call.name_item("prompt")
        self._call.execute(Play(item, sound.pcm, sound.words))
        self._call.execute(FinishItem(item, awaited=True))
        while True:
            match await self._next():
                case Digit(digit) if digit in keys:
                    self._call.execute(Flush())
                    return digit
                case ToneHeard(CallTone.BEEP) if beeps:
                    self._call.execute(Flush())
                    return CallTone.BEEP
                case Played(played) if played == item:
                    return ""

    async def key(self, seconds: float) -> str:
        """Wait for any key; "" when none was pressed in time. Raises LegGone when the caller hangs up."""
        deadline = self._loop.time() + seconds
        while True:
            try:
                async with until(deadline):
                    fact = self._kept.popleft() if self._kept else await self._get()
            except TimeoutError:
                return ""
            match fact:
                case Digit(digit):
                    return digit
                case Held():
                    deadline += await self._held()

    async def hang_up(self, ending: Ending = FINISHED) -> Ending:
        """End the call when the phone has played out what was queued last; returns how it ended."""
        await asyncio.sleep(AFTER_LAST_WORD)
        return await self.end(ending)

    async def end(self, ending: Ending) -> Ending:
        """End the call now; returns how it ended, for the caller may have been faster."""
        self._call.execute(HangUp(ending))
        return await self.over()

    async def over(self) -> Ending:
        """Wait for the end of the call, whoever ends it."""
        while not isinstance(fact := await self._facts.get(), LegEnded):
            pass
        return fact.ending

    async def _next(self) -> LegFact:
        """Return the next fact; a hold in between is waited out."""
        while True:
            fact = self._kept.popleft() if self._kept else await self._get()
            if not isinstance(fact, Held):
                return fact
            await self._held()

    async def _held(self) -> float:
        """Wait for the caller to come back; returns the seconds that took. Raises LegGone if too many."""
        began = self._loop.time()
        try:
            async with within(self._max_hold):
                while not isinstance(fact := await self._get(), Resumed):
                    if isinstance(fact, Played):
                        self._kept.append(fact)
        except TimeoutError:
            raise LegGone(await self.end(HELD_TOO_LONG)) from None
        return self._loop.time() - began

    async def _get(self) -> LegFact:
        fact = await self._facts.get()
        if isinstance(fact, LegEnded):
            raise LegGone(fact.ending)
        return fact

    def _take(self, fact: LegFact) -> None:
        self._call.notify(fact, self._loop.time())
        if self._facts.full():
            self._facts.get_nowait()  # somebody leans on the keypad: the oldest key goes
        self._facts.put_nowait(fact)
