"""Calls that are hit by a fault at a random moment, and what their callers notice of it.

The caller asks, is answered with a tone, waits a little and asks again. After the fault it goes on so until
the next answer is heard: how long that took, and how much of it was silence, is the outcome.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise

from gateway.errors import SpeechError
from gateway.local import stt
from gateway.local.words import Clip
from tests import patience, tone
from tests.programs import Gateway, Plan, agent
from tests.sounds import speech
from tests.unreliable import Answer, Fault, Line, Unreliable
from tests.wire_call import Call, Rejected
from tests.wire_phone import Phone
from tests.wire_rtp import MS, Pump, Utterance

PAUSE_MS = 600
"""From the end of an answer to the caller's next question."""
REPEATS_S = 12.0
"""After so long without an answer the caller says it again."""
LONGEST_WAIT_S = 40.0
"""A call in which the agent is not heard again by then has failed."""
FIRST_NUMBER = 7000
WITH_A_SPARE = frozenset((Fault.REFUSED_401, Fault.DEAD_401, Fault.DEAD_503))
"""Faults that need a second provider; the others are to be survived with one."""
DEADLY = frozenset((Fault.DEAD_401, Fault.DEAD_503))


Told = tuple[str, float, float, str]
"""An outcome's problem, wait, gap and words."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault and the second of the call in which it strikes."""

    fault: Fault
    at_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call."""

    hit: Hit
    problem: str = ""
    """Why it counts as lost; empty: it does not."""
    wait_ms: float = 0.0
    """From when an answer was due, or from the fault, if that was later, to its first sound."""
    gap_ms: float = 0.0
    """The longest silence in that wait: an answer received before the fault is heard to its end, and when it
    lasts, the caller is asked for a moment's patience."""
    words: str = ""
    """What was understood at the end of a call that had to end."""


def hits(faults: Iterable[Fault], each: int, seed: int, longest_s: float) -> list[Hit]:
    """Choose the moments."""
    chance = random.Random(seed)
    return [Hit(fault, chance.uniform(0.2, longest_s)) for fault in faults for _ in range(each)]


async def run(chosen: Sequence[Hit]) -> list[Outcome]:
    """Make all these calls at once, each against sessions of its own, in a gateway of their own."""
    async with Unreliable() as model:
        plans = {f"call-{n}": _plan(model, n, hit.fault) for n, hit in enumerate(chosen)}
        with Pump() as pump, Gateway(plans, "--no-local", rtp_ports=2 * len(chosen) + 100) as gateway:
            async with Phone(gateway.sip, pump) as phone:
                return await asyncio.gather(*(_call(phone, model, n, hit) for n, hit in enumerate(chosen)))


def _plan(model: Unreliable, number: int, fault: Fault) -> Plan:
    main, spare = model.lines[f"main-{number}"], model.lines[f"spare-{number}"]
    spare.lowest_hz = main.lowest_hz + 80
    main.spare = spare
    stage = {"provider": "local", "url": model.url, "model": f"spare-{number}"}
    more = {"fallback": [stage]} if fault in WITH_A_SPARE else {}
    return agent(str(FIRST_NUMBER + number), model.url, model=f"main-{number}", agent=more)


async def _call(phone: Phone, model: Unreliable, number: int, hit: Hit) -> Outcome:
    line = model.lines[f"main-{number}"]
    call = phone.call(str(FIRST_NUMBER + number))
    told = "", 0.0, 0.0, ""
    try:
        await call.answered(20)
        async with asyncio.TaskGroup() as tasks:
            told = await _hit(call, line, hit, tasks)
    except* (TimeoutError, Rejected, AssertionError) as failed:
        told = repr(failed.exceptions[0]), 0.0, 0.0, ""
    if 200 in call.times and not call.over:
        await call.hang_up()
    return Outcome(hit, *told)


async def _hit(call: Call, line: Line, hit: Hit, tasks: asyncio.TaskGroup) -> Told:
    said: list[Utterance] = []
    caller = tasks.create_task(_converse(call, line, said))
    await call.listens(1000 * hit.at_s)
    at = time.monotonic_ns()
    await line.session.befall(hit.fault)
    told = await (_ends(call, at) if hit.fault in DEADLY else _goes_on(call, line, at, said))
    caller.cancel()
    return told


async def _converse(call: Call, line: Line, said: list[Utterance]) -> None:
    """Ask again and again, each time when the agent has answered and finished."""
    question = speech("sum")
    await call.hears_sound()
    while True:
        await call.hears_silence(PAUSE_MS, LONGEST_WAIT_S)
        asked = time.monotonic_ns()
        said.append(call.media.say(question))
        await call.said(said[-1])
        answers = partial(_given, line, asked)
        while not answers():  # "one moment, please" is none
            with contextlib.suppress(TimeoutError):
                async with patience.within(REPEATS_S):
                    await call.hears(answers, "an answer", LONGEST_WAIT_S)
            if not answers():
                call.media.say(question)
        await call.hears_sound(since=answers()[0].at)


def _given(line: Line, since: int) -> list[Answer]:
    """Give the answers that the model began since then, at either provider."""
    lines = [one for one in (line, line.spare) if one is not None]
    return sorted(answer for one in lines for answer in one.answers if answer.at > since)


async def _goes_on(call: Call, line: Line, at: int, said: Sequence[Utterance]) -> Told:
    """Wait for the next answer that is heard: one may be given and be talked over at once."""
    answers: list[Answer] = []
    while not call.over:
        answers = await _one_more(call, line, at, len(answers))
        heard = call.media.heard(at)
        for sound in tone.tones(heard, window_ms=40):
            if sound.ms >= 120 and any(abs(sound.frequency - one.frequency) < 25 for one in answers):
                return _judge(call, at, sound.start_ms, said)
    return "hung up", 0.0, 0.0, ""


async def _one_more(call: Call, line: Line, at: int, known: int) -> list[Answer]:
    """Wait until one more answer was given than is known, and was heard to its end or overtaken."""
    answers = partial(_given, line, at)
    await call.hears(lambda: call.over or len(answers()) > known, "another answer", LONGEST_WAIT_S)
    if call.over:
        return answers()
    newest = answers()[-1]
    await call.hears(
        lambda: call.over or call.media.first_sound(newest.at) or answers()[-1] > newest, "an answer's sound"
    )
    await call.hears_silence(400)
    return answers()


def _judge(call: Call, at: int, begins_ms: float, said: Sequence[Utterance]) -> Told:
    """Tell how long the caller waited for an answer that begins so long after what came first since `at`."""
    first = next(packet.at for packet in call.media.audio() if packet.at >= at)
    begins = first + round(begins_ms * MS)
    due = max([at, *(one.ended_at for one in said if one.ended_at < begins)])
    waiting = call.media.heard(at)[max(0, (due - first) // MS * 8) : round(begins_ms * 8)]
    return "", (begins - due) / MS, tone.longest_silence_ms(waiting), ""


async def _ends(call: Call, at: int) -> Told:
    """Wait for the apology and for BYE."""
    await call.ended(LONGEST_WAIT_S)
    first = next(packet.at for packet in call.media.audio() if packet.at >= at)
    heard = call.media.heard(at)
    tones = [t.end_ms for t in tone.tones(heard) if t.ms >= 240 and t.share > 0.9]
    quiet_from = max(tones, default=0.0)
    apology = heard[round(quiet_from * 8) :]
    found = tone.spans(apology, join_ms=700)
    length = max((span.ms for span in found), default=0.0)
    if length < 2000:
        return f"no apology: {length:.0f} ms", 0.0, 0.0, ""
    words = await asyncio.to_thread(understood, apology)
    if words is not None and "sorry" not in words:
        return f"the apology was {words!r}", 0.0, 0.0, words
    waited = (first - at) / MS + quiet_from + found[0].start_ms
    gap = max((b.start_ms - a.end_ms for a, b in pairwise(found)), default=0.0)
    return "", waited, max(gap, found[0].start_ms), words or "(no recognition here)"


@cache
def _recogniser() -> stt.Moonshine | None:
    try:
        return stt.recogniser()
    except SpeechError:
        return None


def understood(pcm: tone.Pcm) -> str | None:
    """Give what a listener understands, in small letters; None where nobody can listen."""
    recogniser = _recogniser()
    return None if recogniser is None else recogniser.hear(Clip(pcm.tobytes(), tone.RATE)).text.lower()
