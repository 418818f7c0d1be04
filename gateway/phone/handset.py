"""A call as whoever holds the phone has it: what is heard, what was said, and waiting for either.

Time is the position in the received audio, in seconds: it flows without a gap once the call is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from gateway.call import (
    Answered,
    Ending,
    FinishItem,
    HangUp,
    Hold,
    LegEnded,
    LegFact,
    LegOrder,
    Play,
    Played,
    Resume,
)
from gateway.phone.hearing import PhoneHearing, Utterance
from gateway.phone.recording import RATE, Recording
from gateway.tasks import within


class PhoneLeg(Protocol):
    """The line of a phone: a leg over SIP, or one that rings as a browser does."""

    def listen(self, on_fact: Callable[[LegFact], None], on_audio: Callable[[bytes], None]) -> None:
        """Tell what happens, and what is heard: PCM16LE 24 kHz."""

    def execute(self, order: LegOrder) -> None:
        """Do something to the line."""


class FarEndGone(Exception):
    """The call is over."""


class Handset:
    """One call. `began` is when it was dialled, by the loop's clock, `audio_began` when its sound began."""

    def __init__(self, leg: PhoneLeg) -> None:
        self.hearing = PhoneHearing()
        self.recording = Recording()
        self.answered = False
        self.ending: Ending | None = None
        self.began = asyncio.get_running_loop().time()
        self.answered_at: float | None = None
        self.audio_began: float | None = None
        self.spoke_until = 0.0
        """Where our last words ended."""
        self._leg = leg
        self._news = asyncio.Event()
        self._played: set[str] = set()
        self._items = 0
        leg.listen(self._on_fact, self._on_audio)

    @property
    def now(self) -> float:
        """The position in the received audio."""
        return self.hearing.now

    def do(self, order: LegOrder) -> None:
        """Do something to the line: press keys, hang up."""
        self._leg.execute(order)

    def hang_up(self, ending: Ending) -> None:
        """End the call."""
        self._over()
        self.do(HangUp(ending))

    async def picked_up(self, seconds: float) -> None:
        """Wait for the answer. Raises TimeoutError, FarEndGone."""
        async with within(seconds):
            await self.until(lambda: self.answered)

    async def speak(self, sound: bytes) -> float:
        """Say PCM16LE 24 kHz to its end; return where it began. Raises FarEndGone."""
        started = self.now
        self._items += 1
        item = f"words_{self._items}"
        self.recording.say(started, sound)
        self.do(Play(item, sound))
        self.do(FinishItem(item, awaited=True))
        await self.until(lambda: item in self._played)
        self.spoke_until = started + len(sound) / 2 / RATE
        return started

    def answering(self) -> Utterance | None:
        """Return what the agent has said since our last words, or says now."""
        heard = self.hearing.utterances
        return heard[-1] if heard and heard[-1].end > self.spoke_until else None

    async def answer_begun(self, patience: float) -> Utterance | None:
        """Wait until the agent answers; None if it does not within so many seconds. Raises FarEndGone."""
        since = self.now
        await self.until(lambda: self.answering() is not None or self.now - since > patience)
        return self.answering()

    async def silence(self) -> None:
        """Wait until the agent has finished. Raises FarEndGone."""
        await self.until(lambda: self.hearing.speaking is None)

    async def passed(self, seconds: float) -> None:
        """Wait so long. Raises FarEndGone."""
        until = self.now + seconds
        await self.until(lambda: self.now >= until)

    async def hold_line(self, seconds: float) -> None:
        """Put the other side on hold for so long: no audio comes meanwhile, and its clock rests.

        Raises FarEndGone.
        """
        self.do(Hold())
        try:
            async with within(seconds):
                await self.until(lambda: False)
        except TimeoutError:
            self.do(Resume())

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true of the call. Raises FarEndGone when the call ends first."""
        while self.ending is None:
            if condition():
                return
            self._news.clear()
            await self._news.wait()
        raise FarEndGone

    def _on_fact(self, fact: LegFact) -> None:
        match fact:
            case Answered():
                self.answered = True
                self.answered_at = asyncio.get_running_loop().time()
            case Played():
                self._played.add(fact.item_id)
            case LegEnded():
                self.ending = fact.ending
                self._over()
            case _:
                pass
        self._news.set()

    def _over(self) -> None:
        self.hearing.hear(bytes(2 * RATE))  # whatever was being said has ended with the call

    def _on_audio(self, pcm: bytes) -> None:
        if self.audio_began is None:
            self.audio_began = asyncio.get_running_loop().time() - len(pcm) / 2 / RATE
        self.hearing.hear(pcm)
        self.recording.hear(pcm)
        self._news.set()
