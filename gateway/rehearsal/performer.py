"""Plays one rehearsal on the phone: does what the caller does, and notes what was to hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gateway.call import Answer, Ending, Reason, Result, SendDigits
from gateway.ear import measurement
from gateway.ear.stereo import StereoCall, of_samples
from gateway.phone.handset import FarEndGone, Handset
from gateway.phone.hearing import Utterance
from gateway.phone.recording import RATE, Recording
from gateway.rehearsal.performance import Performance, Spoken, StepDone
from gateway.rehearsal.script import Interruption, Rehearsal, RehearsalStep
from gateway.rehearsal.wording import alike, found
from gateway.sip.leg import SipLeg

ANSWER_WITHIN_S = 30.0
PATIENCE_S = 12.0
"""How long to wait for the agent to begin, before the caller goes on regardless."""
GOODBYE_S = 10.0
"""How long an agent that is expected to hang up may take for it."""
LISTENED_AGAIN_S = 0.3
"""How often what the agent is just saying is recognised, where a word of it is waited for."""
AROUND_S = 0.2
"""Before and behind an utterance that recognition is given, too."""

Transcriber = Callable[[bytes], str | None]
"""Recognises PCM16LE 24 kHz; blocking; None where nothing was understood."""
WE_HUNG_UP = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """A step with the sound of its words: PCM16LE 24 kHz, b"" of one without."""

    step: RehearsalStep
    sound: bytes = b""


class Performer:
    """One rehearsed call. `transcribe` runs in a thread, so that several calls may share one."""

    def __init__(self, rehearsal: Rehearsal, steps: list[PreparedStep], transcribe: Transcriber) -> None:
        self._rehearsal = rehearsal
        self._steps = steps
        self._transcribe = transcribe
        self._done: list[StepDone] = []
        self._said: list[Spoken] = []
        self._texts: dict[tuple[float, float], str | None] = {}

    async def perform(self, leg: SipLeg) -> Performance:
        """Hold a call to its end that was just dialled, or that came and is to be answered."""
        phone = Handset(leg)
        if self._rehearsal.call.plan is not None:
            leg.execute(Answer())
        try:
            await phone.picked_up(ANSWER_WITHIN_S)
            for prepared in self._steps:
                await self._do(phone, prepared)
            await self._last_words(phone)
        except (FarEndGone, TimeoutError):
            pass
        ours = phone.ending is None
        if ours:
            phone.hang_up(WE_HUNG_UP)
        return await self._performance(phone, "caller" if ours else "far end")

    # --- what the caller does ------------------------------------------------------------------------

    async def _do(self, phone: Handset, prepared: PreparedStep) -> None:
        step = prepared.step
        if step.does == "listen":
            await self._listen(phone)
            return
        if step.wait is None:
            await self._moment(phone, step)
        began = phone.now
        match step.does:
            case "say" | "play":
                began = await phone.speak(prepared.sound)
                words = step.say if step.play is None else f"[{step.play.name}]"
                self._said.append(Spoken("caller", began, phone.spoke_until, words))
            case "press":
                assert step.press is not None
                phone.do(SendDigits(step.press))
                self._said.append(Spoken("caller", began, began, f"[{step.press}]"))
                phone.spoke_until = began  # what is said now is no answer to it
            case "wait":
                assert step.wait is not None
                await phone.passed(step.wait.total_seconds())
            case "hold":
                assert step.hold is not None
                await phone.hold_line(step.hold.total_seconds())
            case _:
                pass
        self._done.append(StepDone(began, phone.now))

    async def _listen(self, phone: Handset) -> None:
        """Hear the agent out; more of it, if the step before has its own answer."""
        began = phone.now
        if self._done and self._rehearsal.steps[len(self._done) - 1].expects_words:
            await self._heard_out(phone)
            began = phone.spoke_until = phone.now
        try:
            await phone.answer_begun(PATIENCE_S)
            await phone.silence()
        finally:  # who says his last words and hangs up was listened to
            self._done.append(StepDone(began, phone.now))

    async def _moment(self, phone: Handset, step: RehearsalStep) -> None:
        """Wait until it is time for a step: whoever is called speaks first, if he says anything."""
        if self._rehearsal.call.plan is not None and not self._done and step.interrupt is None:
            return
        if step.interrupt is None:
            await self._heard_out(phone)
            return
        answer = await phone.answer_begun(PATIENCE_S)
        if answer is None:
            return
        if step.interrupt.after is not None:
            moment = answer.start + step.interrupt.after.total_seconds()
            await phone.until(lambda: phone.now >= moment or answer.finished)
        else:
            await self._word(phone, step.interrupt, answer)

    async def _heard_out(self, phone: Handset) -> None:
        """Hear the answer to the last step to its end: more than one utterance, if words are missing still.

        An agent may say that it looks something up before it says what it found.
        """
        await phone.answer_begun(PATIENCE_S)
        await phone.silence()
        if not self._done:
            return
        step, done = self._rehearsal.steps[len(self._done) - 1], self._done[-1]
        since = done.at if step.hears_meanwhile else done.until
        until = phone.now + PATIENCE_S
        while not await self._met(phone, step, since):
            await phone.until(lambda: phone.hearing.speaking is not None or phone.now > until)
            if phone.hearing.speaking is None:
                return
            await phone.silence()

    async def _met(self, phone: Handset, step: RehearsalStep, since: float) -> bool:
        """Return whether all words that are expected of a step were heard since then."""
        if not step.heard and step.like is None:
            return True
        heard = [await self._recognised(phone, one) for one in phone.hearing.utterances if one.end > since]
        text = " ".join(one for one in heard if one)
        return all(found(words, text) for words in step.heard) and (
            step.like is None or alike(step.like, text)
        )

    async def _word(self, phone: Handset, interrupt: Interruption, answer: Utterance) -> None:
        """Wait until a word is heard in what the agent is saying, or it has finished."""
        assert interrupt.word is not None
        while not answer.finished:
            heard = await self._understood(phone, answer.start, phone.now)
            if heard is not None and found(interrupt.word, heard):
                return
            await phone.passed(LISTENED_AGAIN_S)

    async def _last_words(self, phone: Handset) -> None:
        """Hear the answer to the last step out, and the agent's hanging up, if that is expected."""
        steps = self._rehearsal.steps
        if steps and steps[-1].hang_up:
            return
        await self._heard_out(phone)
        if self._rehearsal.expect.ended_by in ("agent", "gateway"):
            since = phone.now
            await phone.until(lambda: phone.hearing.speaking is None and phone.now - since > GOODBYE_S)

    # --- what was to hear ----------------------------------------------------------------------------

    async def _performance(self, phone: Handset, hung_up_first: str) -> Performance:
        heard = [
            Spoken("agent", one.start, one.end, await self._recognised(phone, one))
            for one in phone.hearing.utterances
        ]
        refused = phone.ending.status if phone.ending is not None and not phone.answered else 0
        return Performance(
            answered=phone.answered,
            status=200 if phone.answered else refused or 408,
            hung_up_first=hung_up_first,
            steps=tuple(self._done),
            spoken=tuple(sorted((*self._said, *heard), key=lambda one: one.at)),
            seconds=phone.recording.seconds,
            ear=await asyncio.to_thread(listened, phone.recording) if phone.recording.seconds else None,
            recording=phone.recording,
        )

    async def _recognised(self, phone: Handset, one: Utterance) -> str | None:
        """Return what is understood of an utterance, each once."""
        if (one.start, one.end) not in self._texts:
            self._texts[one.start, one.end] = await self._understood(phone, one.start, one.end)
        return self._texts[one.start, one.end]

    async def _understood(self, phone: Handset, start: float, end: float) -> str | None:
        pcm = phone.recording.cut(max(0.0, start - AROUND_S), end + AROUND_S)
        return await asyncio.to_thread(self._transcribe, pcm)


def listened(recording: Recording) -> measurement.EarReport:
    """Return what a recording sounds like. Takes a while: not for the event loop."""
    return measurement.measure(recorded_call(recording))


def recorded_call(recording: Recording) -> StereoCall:
    """Return both sides of a recording, as the ear takes them."""
    both = recording.sides()
    return of_samples(both[:, 0], both[:, 1], RATE, "recording")
