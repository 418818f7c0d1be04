"""Calls that are hit by a fault at a random moment, and what their callers notice of it.

The caller asks, is answered with a tone, waits a little and asks again. After the fault it goes on so until
the next answer is heard: how long that took, and how much of it was silence, is the outcome. The model is the
embedded server's `script` engine: every answer of a call is a tone of its own, sent three times as fast as it
is heard, and what goes wrong stands in its script. When, and which answers it gave, it tells in its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache, partial
from itertools import pairwise
from typing import Any

from gateway.errors import SpeechError
from gateway.local.engines import stt
from gateway.local.vocabulary import Clip
from tests.equipment import patience, tone
from tests.equipment.process import Process
from tests.equipment.programs import Gateway, Plan, Scripted, agent
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump, Utterance
from tests.sounds import speech

PAUSE_MS = 600
"""From the end of an answer to the caller's next question."""
REPEATS_S = 15.0
"""After so long without an answer the caller says it again: longer than the gateway waits for a response that
was begun and has no output."""
LONGEST_WAIT_S = 40.0
"""A call in which the agent is not heard again by then has failed."""
FIRST_S = 1.0
"""Of a session, after which it may be hit: the call is answered then."""
FIRST_NUMBER = 7000
LOWEST_HZ, STEP_HZ, STEPS = 400, 160, 15
"""The tones of a call's answers: no two that follow each other are alike."""
SPARE_HZ = 80
"""So much higher are those of its second provider."""
ANSWER_MS, THINKS_MS, PACE = 2000, 100, 3
MOST_ANSWERS = 60
"""More than a call can have."""


class Fault(Enum):
    """What can go wrong with a session; the value names it in reports."""

    NOTHING = "no fault"
    DROPPED = "socket dropped"
    CLOSED_1001 = "close 1001"
    CLOSED_1011 = "close 1011"
    CLOSED_4000 = "close 4000"
    EXPIRED = "session_expired"
    NO_ANSWER = "one answer swallowed"
    MUTE = "silent in mid-answer"
    STALLED = "says nothing for 6 s"
    SILENT = "says nothing for good"
    FROZEN = "neither reads nor writes"
    GARBAGE = "garbage on the line"
    REFUSED_401 = "dropped, then 401"
    REFUSED_429 = "dropped, then 429 twice"
    REFUSED_503 = "dropped, then 503 twice"
    RATE_LIMITED = "two answers fail: rate limit"
    SERVER_ERROR = "two answers fail: server error"
    DEAD_401 = "both providers dead: 401"
    DEAD_503 = "both providers dead: 503"


WITH_A_SPARE = frozenset((Fault.REFUSED_401, Fault.DEAD_401, Fault.DEAD_503))
"""Faults that need a second provider; the others are to be survived with one."""
DEADLY = frozenset((Fault.DEAD_401, Fault.DEAD_503))

_CLOSES = {
    Fault.CLOSED_1001: (1001, "going away"),
    Fault.CLOSED_1011: (1011, "keepalive ping timeout"),
    Fault.CLOSED_4000: (4000, "invalid_request_error.invalid_session"),
}
_REFUSALS: dict[Fault, tuple[int, int | str]] = {
    Fault.REFUSED_401: (401, "always"),
    Fault.REFUSED_429: (429, 2),
    Fault.REFUSED_503: (503, 2),
    Fault.DEAD_401: (401, "always"),
    Fault.DEAD_503: (503, "always"),
}
_LASTING: dict[Fault, list[dict[str, object]]] = {
    Fault.NOTHING: [{"mute": 0}],
    Fault.NO_ANSWER: [{"swallow": 1}],
    Fault.MUTE: [{"mute": True}],
    Fault.STALLED: [{"stall": 6}],
    Fault.SILENT: [{"stall": True}],
    Fault.FROZEN: [{"freeze": True}],
    Fault.GARBAGE: [{"raw": "{not json"}, {"bad_base64": True}, {"unknown_event": True}],
    Fault.RATE_LIMITED: [{"fail": "rate_limit_exceeded", "times": 2}],
    Fault.SERVER_ERROR: [{"fail": "server_error", "times": 2}],
}

Told = tuple[str, float, float, str]
"""An outcome's problem, wait, gap and words."""
Given = Callable[[int], list["Answer"]]
"""The answers begun since a time."""


@dataclass(frozen=True, order=True, slots=True)
class Answer:
    """An answer that the model began to give; `at` is CLOCK_MONOTONIC ns."""

    at: int
    frequency: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A call to make: its number, its name in the script and its fault."""

    number: str
    name: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call."""

    fault: Fault
    at_s: float = 0.0
    """The second of the session in which it struck."""
    problem: str = ""
    """Why it counts as lost; empty: it does not."""
    wait_ms: float = 0.0
    """From when an answer was due, or from the fault, if that was later, to its first sound."""
    gap_ms: float = 0.0
    """The longest silence in that wait: an answer received before the fault is heard to its end, and when it
    lasts, the caller is asked for a moment's patience."""
    words: str = ""
    """What was understood at the end of a call that had to end."""


def script(faults: Iterable[Fault], seed: int, longest_s: float) -> dict[str, Any]:
    """Write the script: models are `main-FAULT-N` and `spare-FAULT-N`."""
    models: dict[str, Any] = {}
    for fault in set(faults):
        models[f"main-{fault.name}-*"] = _course(fault, [FIRST_S, FIRST_S + longest_s])
        models[f"spare-{fault.name}-*"] = _spare(fault)
    return {"seed": seed, "per": "call", "answers": _answers(LOWEST_HZ), "models": models}


def _course(fault: Fault, when: list[float]) -> dict[str, Any]:
    if fault in _LASTING:
        return {"session": {"times": 1, "faults": [{"after_s": when, **one} for one in _LASTING[fault]]}}
    if fault is Fault.EXPIRED:
        return {"session": {"times": 1, "expire_after_s": when, "expire_hidden": True}}
    code, reason = _CLOSES.get(fault, (1006, ""))
    course = {"session": {"times": 1, "drop_after_s": when, "drop_code": code, "drop_reason": reason}}
    if fault not in _REFUSALS:
        return course
    status, times = _REFUSALS[fault]
    return course | {"connect": {"refuse": {"status": status, "times": times, "after": 1}}}


def _spare(fault: Fault) -> dict[str, Any]:
    if fault in DEADLY:
        return {"connect": {"refuse": {"status": _REFUSALS[fault][0], "times": "always"}}}
    return {"answers": _answers(LOWEST_HZ + SPARE_HZ)}


def _answers(lowest_hz: int) -> list[dict[str, Any]]:
    return [
        {"do": [{"wait_ms": THINKS_MS}, {"tone": frequency, "ms": ANSWER_MS, "pace": PACE}]}
        for frequency in (_frequency(lowest_hz, number) for number in range(MOST_ANSWERS))
    ]


def _frequency(lowest_hz: int, number: int) -> int:
    return lowest_hz + STEP_HZ * (number % STEPS)


class Log:
    """What the model tells of the calls, read as it comes."""

    def __init__(self, server: Process) -> None:
        self._server = server
        self._read = 0
        self._answers: defaultdict[str, list[Answer]] = defaultdict(list)
        self._faults: dict[str, tuple[int, float]] = {}
        self._ahead_ns = time.time_ns() - time.monotonic_ns()

    def fault(self, call: str) -> tuple[int, float] | None:
        """Return when a call's session goes wrong: CLOCK_MONOTONIC ns, and its second."""
        self._go_on()
        return self._faults.get(f"main-{call}")

    def answers(self, call: str, since: int) -> list[Answer]:
        """Return the answers that were begun since then, by either provider."""
        self._go_on()
        both = [*self._answers[f"main-{call}"], *self._answers[f"spare-{call}"]]
        return sorted(answer for answer in both if answer.at > since)

    def _go_on(self) -> None:
        lines = self._server.log[self._read :]
        self._read += len(lines)
        for line in lines:
            model = line.get("model", "")
            if line.get("event") == "script.faults":
                second = max(line["at_s"].values())
                self._faults.setdefault(model, (self._at(line) + round(second * 1e9), second))
            elif line.get("event") == "answer.started":
                lowest = LOWEST_HZ + (SPARE_HZ if model.startswith("spare") else 0)
                self._answers[model].append(Answer(self._at(line), _frequency(lowest, line["number"] - 1)))

    def _at(self, line: Mapping[str, Any]) -> int:
        return round(datetime.fromisoformat(line["timestamp"]).timestamp() * 1e9) - self._ahead_ns


async def run(chosen: Sequence[Fault], seed: int, longest_s: float) -> list[Outcome]:
    """Make a call for each of these faults, all at once, in a gateway of their own."""
    hits = [Hit(str(FIRST_NUMBER + n), f"{fault.name}-{n}", fault) for n, fault in enumerate(chosen)]
    with Scripted(script(chosen, seed, longest_s)) as server:
        plans = {hit.name: _plan(server.url, hit) for hit in hits}
        with Pump() as pump, Gateway(plans, "--no-local", rtp_ports=2 * len(chosen) + 100) as gateway:
            async with Phone(gateway.sip, pump) as phone:
                log = Log(server)
                return await asyncio.gather(*(_call(phone.call(hit.number), log, hit) for hit in hits))


def _plan(url: str, hit: Hit) -> Plan:
    stage = {"provider": "local", "url": url, "model": f"spare-{hit.name}"}
    more = {"fallback": [stage]} if hit.fault in WITH_A_SPARE else {}
    return agent(hit.number, url, model=f"main-{hit.name}", agent=more)


async def _call(call: Call, log: Log, hit: Hit) -> Outcome:
    told = "", 0.0, 0.0, ""
    try:
        await call.answered(20)
        async with asyncio.TaskGroup() as tasks:
            told = await _hit(call, log, hit, tasks)
    except* (TimeoutError, Rejected, AssertionError) as failed:
        told = repr(failed.exceptions[0]), 0.0, 0.0, ""
    if 200 in call.times and not call.over:
        await call.hang_up()
    return Outcome(hit.fault, (log.fault(hit.name) or (0, 0.0))[1], *told)


async def _hit(call: Call, log: Log, hit: Hit, tasks: asyncio.TaskGroup) -> Told:
    said: list[Utterance] = []
    answers = partial(log.answers, hit.name)
    caller = tasks.create_task(_converse(call, answers, said))
    found = log.fault(hit.name)
    assert found is not None, "the session does not know its fault"
    at, _ = found
    await call.hears(lambda: time.monotonic_ns() >= at, "the fault", 60)
    told = await (_ends(call, at) if hit.fault in DEADLY else _goes_on(call, answers, at, said))
    caller.cancel()
    return told


async def _converse(call: Call, given: Given, said: list[Utterance]) -> None:
    """Ask again and again, each time when the agent has answered and finished."""
    question = speech("sum")
    await call.hears_sound()
    while True:
        await call.hears_silence(PAUSE_MS, LONGEST_WAIT_S)
        asked = time.monotonic_ns()
        said.append(call.media.say(question))
        await call.said(said[-1])
        answers = partial(given, asked)
        while not answers():  # "one moment, please" is none
            with contextlib.suppress(TimeoutError):
                async with patience.within(REPEATS_S):
                    await call.hears(answers, "an answer", LONGEST_WAIT_S)
            if not answers():
                call.media.say(question)
        await call.hears_sound(since=answers()[0].at)


async def _goes_on(call: Call, given: Given, at: int, said: Sequence[Utterance]) -> Told:
    """Wait for the next answer that is heard: one may be given and be talked over at once."""
    answers: list[Answer] = []
    while not call.over:
        answers = await _one_more(call, partial(given, at), len(answers))
        heard = call.media.heard(at)
        for sound in tone.tones(heard, window_ms=40):
            if sound.ms >= 120 and any(abs(sound.frequency - one.frequency) < 25 for one in answers):
                return _judge(call, at, sound.start_ms, said)
    return "hung up", 0.0, 0.0, ""


async def _one_more(call: Call, answers: Callable[[], list[Answer]], known: int) -> list[Answer]:
    """Wait until one more answer was given than is known, and was heard to its end or overtaken."""
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
    """Return the caller's wait for an answer that begins so long after what came first since `at`."""
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
    # Where the agent's tone ends within it, the first word is not always understood.
    if words is not None and "cannot take your call" not in words:
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
    """Return what a listener understands, in small letters; None where nobody can listen."""
    recogniser = _recogniser()
    return None if recogniser is None else recogniser.hear(Clip(pcm.tobytes(), tone.RATE)).text.lower()
