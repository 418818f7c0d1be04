"""The `script` engine: a YAML file says what it answers, when, how much at once, and what goes wrong.

    connect: {refuse: {status: 429, times: 2}, delay_ms: 200}     # before the upgrade
    session: {drop_after_s: 20, drop_code: 1011, expire_after_s: 60,
              frames: [{after_s: 3, raw: '{"type":"surprise"}'}]}
    answers:                                # one after the other for each session, the last again and again
      - do: [{wait_ms: 300}, {tone: 440, ms: 2000}]
      - do: [{swallow: true}]               # response.create gets no answer at all
      - do: [{tone: 600, ms: 90000, delta_ms: 20000}]             # 90 s in deltas of 20 s
      - do: [{fail: rate_limit_exceeded}]   # response.done with status failed
      - {when: time, do: [{say: It is late.}]}                    # only if the caller said so

Steps: wait_ms, stall, tone (Hz, with ms), echo, say (needs the speech engines), text, call (with arguments),
raw (a frame), bad_base64, unknown_event, fail, drop (close code), swallow.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.errors import BadInput
from gateway.local import sound
from gateway.local.engines import LoudnessVad, tone
from gateway.local.words import (
    RATE,
    Call,
    Clip,
    Drop,
    Failure,
    Faults,
    Heard,
    Piece,
    Raw,
    Refusal,
    Request,
    Speech,
    Text,
    Vad,
)

MOST_SESSIONS = 4096
"""How many sessions' places in the script are remembered."""

BAD_BASE64 = (
    b'{"type":"response.output_audio.delta","event_id":"event_bad","response_id":"resp_bad","item_id":"item_bad",'
    b'"output_index":0,"content_index":0,"delta":"*** not base64 ***"}'
)
UNKNOWN_EVENT = b'{"type":"response.output_smell.delta","event_id":"event_unknown","delta":"roses"}'


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Ms = Annotated[int, Field(ge=0, le=600_000)]
Seconds = Annotated[float, Field(ge=0)]


class Step(_Part):
    """One thing to do in an answer; exactly one of the actions is set."""

    wait_ms: Ms | None = None
    stall: Literal[True] | None = None
    tone: float | None = None
    ms: Ms = 2000
    delta_ms: Annotated[int, Field(ge=1)] | None = None
    echo: Literal[True] | None = None
    say: str | None = None
    text: str | None = None
    call: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    raw: str | None = None
    bad_base64: Literal[True] | None = None
    unknown_event: Literal[True] | None = None
    fail: str | None = None
    message: str = "The script says so."
    drop: int | None = None
    swallow: Literal[True] | None = None


class ScriptedAnswer(_Part):
    """An answer; with `when` (a regular expression) only if the caller's last words match."""

    when: str | None = None
    do: list[Step]


class _Refuse(_Part):
    status: Annotated[int, Field(ge=400, le=599)] = 429
    times: int = 1
    code: str = "rate_limit_exceeded"
    message: str = "The script refuses this connection."
    retry_after_s: Seconds | None = None


class _Connect(_Part):
    refuse: _Refuse | None = None
    delay_ms: Ms = 0


class _Frame(_Part):
    after_s: Seconds
    raw: str


class _Session(_Part):
    drop_after_s: Seconds | None = None
    drop_code: int = 1006
    expire_after_s: Seconds | None = None
    frames: list[_Frame] = []


class Script(_Part):
    """A whole script."""

    connect: _Connect = _Connect()
    session: _Session = _Session()
    answers: Annotated[list[ScriptedAnswer], Field(min_length=1)] = [ScriptedAnswer(do=[Step(tone=440)])]


def read_script(path: Path) -> Script:
    """Read a script, or say what is wrong with it."""
    try:
        return Script.model_validate(yaml.safe_load(path.read_text()) or {})
    except (OSError, yaml.YAMLError) as error:
        raise BadInput(str(path), "script", path.name, str(error)) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(str(path), where, first.get("input"), first["msg"]) from None


class ScriptEngine:
    """Does what its script says."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._refusals_left = script.connect.refuse.times if script.connect.refuse else 0
        self._next: OrderedDict[str, int] = OrderedDict()
        self.listens = any(answer.when for answer in script.answers)

    @property
    def faults(self) -> Faults:
        """What goes wrong with each session."""
        given = self._script.session
        frames = tuple((frame.after_s, frame.raw.encode()) for frame in given.frames)
        return Faults(given.drop_after_s, given.drop_code, given.expire_after_s, frames)

    async def knock(self) -> Refusal | None:
        """Let the next connection wait, and refuse it if the script says so."""
        await asyncio.sleep(self._script.connect.delay_ms / 1000)
        refuse = self._script.connect.refuse
        if refuse is None or self._refusals_left <= 0:
            return None
        self._refusals_left -= 1
        return Refusal(refuse.status, refuse.code, refuse.message, refuse.retry_after_s)

    def vad(self) -> Vad:
        """Give a detector: for words the real one, for turns alone loudness will do."""
        if not self.listens:
            return LoudnessVad()
        from gateway.local.vad import SileroVad  # noqa: PLC0415 - needs the speech packages

        return SileroVad()

    async def hear(self, session_id: str, clip: Clip) -> Heard:
        """Recognise a clip, if an answer depends on words."""
        del session_id
        if not self.listens:
            return Heard("")
        from gateway.local.stt import recogniser  # noqa: PLC0415 - needs the speech packages

        return await asyncio.to_thread(lambda: recogniser().hear(clip))

    def prepare(self, request: Request, heard: Heard) -> Awaitable[None] | None:
        """Do nothing: the script decides."""

    def swallows(self, request: Request) -> bool:
        """Say whether the answer due now is none at all."""
        due = self._due(request.session_id)
        if any(step.swallow for step in due.do):
            self._advance(request.session_id)
            return True
        return False

    async def answer(self, request: Request) -> AsyncIterator[Piece]:
        """Do the steps of the answer that is due."""
        last = request.turns[-1] if request.turns else None
        words = (await last.heard()).text if last is not None else ""
        due = self._due(request.session_id)
        while due.when and not re.search(due.when, words, re.IGNORECASE):
            if not self._advance(request.session_id):
                return
            due = self._due(request.session_id)
        self._advance(request.session_id)
        for step in due.do:
            async for piece in _pieces(step, request):
                yield piece

    def _due(self, session_id: str) -> ScriptedAnswer:
        place = self._next.setdefault(session_id, 0)
        if len(self._next) > MOST_SESSIONS:
            self._next.popitem(last=False)
        return self._script.answers[place]

    def _advance(self, session_id: str) -> bool:
        """Go on to the next answer; False at the last, which stays."""
        place = self._next.get(session_id, 0) + 1
        if place >= len(self._script.answers):
            return False
        self._next[session_id] = place
        return True


async def _pieces(step: Step, request: Request) -> AsyncIterator[Piece]:
    """Give what one step sends."""
    if step.wait_ms is not None:
        await asyncio.sleep(step.wait_ms / 1000)
    elif step.stall:
        await asyncio.Event().wait()
    elif step.say is not None:
        from gateway.local.tts import synthesize  # noqa: PLC0415 - needs the speech packages

        pcm = await asyncio.to_thread(synthesize, step.say)
        yield Speech(pcm, step.say, step.delta_ms)
    else:
        piece = _piece(step, request)
        if piece is not None:
            yield piece


def _piece(step: Step, request: Request) -> Piece | None:
    """Give what a step without waiting sends."""
    if step.tone is not None:
        return Speech(tone(step.tone, step.ms), f"(tone {step.tone:g} Hz)", step.delta_ms)
    if step.echo:
        clip = next(
            (turn.clip for turn in reversed(request.turns) if turn.role == "user" and turn.clip), None
        )
        return Speech(sound.resample(clip, RATE).tobytes(), "(echo)", step.delta_ms) if clip else None
    if step.text is not None:
        return Text(step.text)
    if step.call is not None:
        return Call(step.call, orjson.dumps(step.arguments).decode())
    if step.fail is not None:
        return Failure(step.fail, step.message, step.fail)
    if step.drop is not None:
        return Drop(step.drop, "The script says so.")
    return _frame(step)


def _frame(step: Step) -> Raw | None:
    if step.raw is not None:
        return Raw(step.raw.encode())
    if step.bad_base64:
        return Raw(BAD_BASE64)
    return Raw(UNKNOWN_EVENT) if step.unknown_event else None
