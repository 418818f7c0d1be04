"""The `script` engine: does what its file says (`script`), to each call by its model's name."""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field

import orjson
import structlog

from gateway.local.engines.fault_schedule import Fate, garbage
from gateway.local.engines.script import AnswerStep, ModelScript, Script, ScriptedAnswer
from gateway.local.engines.simple import LoudnessVad, tone
from gateway.local.session import sound_codec
from gateway.local.session.response import DELTA_MS
from gateway.local.vocabulary import (
    RATE,
    Beside,
    Clip,
    CutShort,
    Drop,
    EngineFailure,
    Faults,
    Piece,
    Raw,
    Recognised,
    Request,
    RequestRefused,
    Speech,
    Text,
    ToolCallPiece,
    Vad,
)
from gateway.regex import Regex

MOST_CALLS = 4096
"""How many model names' engines, and sessions of each, are remembered; the oldest go first."""

_CODES = {401: "invalid_api_key", 403: "permission_denied", 429: "rate_limit_exceeded"}
"""What the hosted service calls its refusals; others are a `server_error`."""


class ScriptEngines:
    """The engines of one script: one for each model name, so that calls are counted apart."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._known: OrderedDict[str, ScriptEngine] = OrderedDict()

    def get(self, model: str) -> ScriptEngine:
        """Return the engine behind a model name."""
        if model not in self._known:
            self._known[model] = ScriptEngine(self._script.course(model), model, self._script.seed)
            if len(self._known) > MOST_CALLS:
                self._known.popitem(last=False)
        self._known.move_to_end(model)
        return self._known[model]


@dataclass(slots=True)
class _Place:
    """How far the answers have come."""

    answer: int = 0


@dataclass(slots=True)
class _Session:
    fate: Fate
    place: _Place
    began: float = field(default_factory=time.monotonic)

    @property
    def now_s(self) -> float:
        return time.monotonic() - self.began


class ScriptEngine:
    """Does what one course of a script says. `seed` makes its chances repeatable."""

    def __init__(self, course: ModelScript, model: str = "", seed: int | None = None) -> None:
        self._course = course
        self._model = model
        self._seed = seed
        self._knocks = 0
        self._begun = 0
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._place = _Place()
        self._turns = 0
        self.listens = course.hears is None and any(answer.when for answer in course.answers)

    async def warm(self) -> None:
        """Need nothing: whose words are to be recognised loads that when they are."""

    async def knock(self) -> RequestRefused | None:
        """Let the next connection wait, and refuse it if the script says so."""
        await asyncio.sleep(self._course.connect.delay_ms / 1000)
        self._knocks += 1
        refuse = self._course.connect.refuse
        if refuse is None or not 0 < self._knocks - refuse.after <= refuse.times:
            return None
        code = refuse.code or _CODES.get(refuse.status, "server_error")
        return RequestRefused(refuse.status, code, refuse.message, refuse.retry_after_s)

    def begin(self, session_id: str) -> Faults:
        """Draw what is to go wrong with a session, and when."""
        self._begun += 1
        seed = None if self._seed is None else f"{self._seed}/{self._model}/{self._begun}"
        chance = random.Random(seed)  # noqa: S311 - no secret
        given = self._course.session
        fate = Fate(given if self._begun <= given.times else type(given)(), chance)
        place = self._place if self._course.per == "call" else _Place()
        self._sessions[session_id] = _Session(fate, place)
        if len(self._sessions) > MOST_CALLS:
            self._sessions.popitem(last=False)
        if moments := fate.told():
            self._log(session_id).info("script.faults", number=self._begun, at_s=moments)
        return fate.faults

    def vad(self) -> Vad:
        """Return a detector: for words the real one, for turns alone loudness will do."""
        if not self.listens:
            return LoudnessVad()
        from gateway.local.engines.vad import SileroVad  # noqa: PLC0415 - needs the speech packages

        return SileroVad()

    async def hear(self, session_id: str, clip: Clip) -> Recognised:
        """Return the words that the script has for this turn; recognise them if an answer depends on them."""
        if self._course.hears is not None:
            self._turns += 1
            return Recognised(self._course.hears[min(self._turns, len(self._course.hears)) - 1])
        if not self.listens:
            return Recognised("")
        from gateway.local.engines.stt import recogniser  # noqa: PLC0415 - needs the speech packages

        return await asyncio.to_thread(lambda: recogniser().hear(clip))

    def prepare(self, request: Request, heard: Recognised) -> Awaitable[None] | None:
        """Do nothing: the script decides."""

    def swallows(self, request: Request) -> bool:
        """Return whether the answer due now is none at all."""
        session = self._session(request.session_id)
        if session.fate.swallows(session.now_s):
            return True
        if any(step.swallow for step in self._due(session.place).do):
            self._advance(session.place)
            return True
        return False

    async def answer(self, request: Request) -> AsyncIterator[Piece]:
        """Do the steps of the answer that is due, as far as the session's fate lets it."""
        session = self._session(request.session_id)
        due = await self._chosen(request, session.place)
        if due is None:
            return
        number, begun = session.place.answer + 1, False
        self._advance(session.place)
        for step in due.do:
            async for piece in _pieces(step, request):
                if (mute_s := session.fate.mute_s(session.now_s)) > 0:
                    await _pass(mute_s)
                if (failure := session.fate.failure(session.now_s)) is not None:
                    yield failure
                    return
                if not begun:
                    self._log(request.session_id).info("answer.started", number=number)
                    begun = True
                yield piece
        self._log(request.session_id).info("answer.sent", number=number)

    async def _chosen(self, request: Request, place: _Place) -> ScriptedAnswer | None:
        """Return the first answer from the one due on that this conversation fits."""
        last = request.turns[-1] if request.turns else None
        words = (await last.heard()).text if last is not None else ""
        told = "\n".join(turn.text for turn in request.turns)
        while True:
            due = self._due(place)
            if _fits(due.when, words) and _fits(due.told, told):
                return due
            if not self._advance(place):
                return None

    def _session(self, session_id: str) -> _Session:
        if session_id not in self._sessions:
            self.begin(session_id)
        return self._sessions[session_id]

    def _due(self, place: _Place) -> ScriptedAnswer:
        return self._course.answers[place.answer]

    def _advance(self, place: _Place) -> bool:
        """Go on to the next answer; False at the last, which stays."""
        if place.answer + 1 >= len(self._course.answers):
            return False
        place.answer += 1
        return True

    def _log(self, session_id: str) -> structlog.stdlib.BoundLogger:
        bound: structlog.stdlib.BoundLogger = structlog.get_logger().bind(
            session=session_id, model=self._model
        )
        return bound


def _fits(pattern: str | None, text: str) -> bool:
    return pattern is None or Regex(pattern).search(text)


async def _pass(seconds: float) -> None:
    """Let time pass; infinite is until somebody cancels."""
    if seconds == float("inf"):
        await asyncio.Event().wait()
    await asyncio.sleep(seconds)


async def _pieces(step: AnswerStep, request: Request) -> AsyncIterator[Piece]:
    """Return what one step sends."""
    if step.wait_ms is not None:
        await asyncio.sleep(step.wait_ms / 1000)
    elif step.stall:
        await _pass(float("inf"))
    elif step.say is not None:
        from gateway.local.engines.tts import synthesize  # noqa: PLC0415 - needs the speech packages

        pcm = await asyncio.to_thread(synthesize, step.say)
        async for speech in _paced(Speech(pcm, step.say, step.delta_ms), step.pace):
            yield speech
    else:
        piece = _piece(step, request)
        if isinstance(piece, Speech):
            async for speech in _paced(piece, step.pace):
                yield speech
        elif piece is not None:
            yield piece


async def _paced(speech: Speech, pace: float | None) -> AsyncIterator[Speech]:
    """Return speech at once, or so many times as fast as it is heard."""
    if pace is None:
        yield speech
        return
    delta_ms = speech.delta_ms or DELTA_MS
    size = RATE * 2 * delta_ms // 1000
    for start in range(0, len(speech.pcm), size):
        pcm = speech.pcm[start : start + size]
        yield Speech(pcm, "" if start else speech.text, speech.delta_ms)
        await asyncio.sleep(len(pcm) / (RATE * 2) / pace)


def _tone(frequency: float, step: AnswerStep) -> Speech:
    return Speech(tone(frequency, step.ms), f"(tone {frequency:g} Hz)", step.delta_ms)


def _piece(step: AnswerStep, request: Request) -> Piece | None:
    """Return what a step without waiting sends."""
    if step.tone is not None:
        speech = _tone(step.tone, step)
        return speech if step.beside is None else Beside(speech, _tone(step.beside, step))
    if step.echo:
        clip = next(
            (turn.clip for turn in reversed(request.turns) if turn.role == "user" and turn.clip), None
        )
        return Speech(sound_codec.resample(clip, RATE).tobytes(), "(echo)", step.delta_ms) if clip else None
    if step.text is not None:
        return Text(step.text)
    if step.call is not None:
        return ToolCallPiece(step.call, orjson.dumps(step.arguments).decode())
    if step.fail is not None:
        return EngineFailure(step.fail, step.message, step.fail)
    if step.end is not None:
        return CutShort(step.end)
    if step.drop is not None:
        return Drop(step.drop, "The script says so.")
    frame = garbage(step)
    return Raw(frame) if frame is not None else None
