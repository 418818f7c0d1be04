"""What the file of the `script` engine may say; `docs/script.md` explains every key with its unit.

    seed: 7                                               # the same moments and the same order every time
    connect: {refuse: {status: 429, times: 2}, delay_ms: 200}     # before the upgrade
    session: {drop_after_s: [1, 8], drop_code: 1011, times: 1,    # only the first session of a call
              faults: [{after_s: 3, mute: 5}, {after_s: [2, 9], fail: rate_limit_exceeded}]}
    hears: [My name is Ada., My order is 4711.]           # the transcripts of the caller's turns
    answers:                                # one after the other for each session, the last again and again
      - do: [{wait_ms: 300}, {tone: 440, ms: 2000}]
      - do: [{swallow: true}]               # response.create gets no answer at all
      - do: [{tone: 600, ms: 90000, delta_ms: 20000}]             # 90 s in deltas of 20 s, at once
      - {when: time, do: [{say: It is late.}]}                    # only if the caller said so
    models:                                 # what differs for ?model=silent-1, ?model=silent-2 ...
      silent-*: {answers: [{do: [{stall: true}]}]}

A call is told from the others by the model in its address: a name of its own gives it counts of its own.
"""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeGuard

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from gateway.errors import BadInput
from gateway.regex import Regex
from gateway.validation_words import plain_words
from gateway.yaml_mistakes import load as load_yaml

LONGEST_S = 86_400
"""A day: nothing in a script lasts longer, except for good."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_length(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_S


def _span(value: object) -> object:
    """Read seconds, or two of them between which one is drawn."""
    low, high = value if isinstance(value, list | tuple) and len(value) == 2 else (value, value)
    if not _is_length(low) or not _is_length(high) or low > high:
        raise ValueError("give seconds, or a range from which they are drawn: [1, 8]")
    return float(low), float(high)


def _length(value: object) -> object:
    """Read seconds, or `true` for good."""
    if value is True:
        return math.inf
    if not _is_length(value):
        raise ValueError("give seconds, or true for good")
    return value


def _times(value: object) -> object:
    """Read how often, or `always`."""
    if value == "always":
        return math.inf
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("give a number from 1 on, or always")
    return value


def _close_code(value: int) -> int:
    """Accept what may stand in a close frame (RFC 6455 7.4), and 1006 for none."""
    if value not in {*range(1000, 1004), *range(1006, 1015), *range(3000, 5000)}:
        raise ValueError("no close code: use 1006 (no close frame), 1000-1003, 1007-1014 or 3000-4999")
    return value


def _status(value: int) -> int:
    if value < 400 or value not in {known.value for known in HTTPStatus}:
        raise ValueError("give the HTTP status of an error: 401, 429, 503 ...")
    return value


def _pattern(value: str) -> str:
    Regex(value)
    return value


Ms = Annotated[int, Field(ge=0, le=600_000)]
Moment = Annotated[tuple[float, float], BeforeValidator(_span)]
Length = Annotated[float, BeforeValidator(_length)]
Times = Annotated[float, BeforeValidator(_times)]
CloseCode = Annotated[int, AfterValidator(_close_code)]
Hertz = Annotated[float, Field(gt=0, lt=12_000)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class _OneOf(_Part):
    """A part that does exactly one of its ACTIONS."""

    ACTIONS: ClassVar[tuple[str, ...]]

    @property
    def action(self) -> str:
        """Name what it does."""
        return next(name for name in self.ACTIONS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        given = [name for name in self.ACTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"exactly one of {', '.join(self.ACTIONS)} belongs here, not {found}")
        return self


class AnswerStep(_OneOf):
    """One thing to do in an answer; exactly one of the actions is set."""

    ACTIONS = ("wait_ms", "stall", "tone", "echo", "say", "text", "call",
               "raw", "bad_base64", "unknown_event", "fail", "end", "drop", "swallow")  # fmt: skip

    wait_ms: Ms | None = None
    stall: Literal[True] | None = None
    tone: Hertz | None = None
    beside: Hertz | None = None
    ms: Ms = 2000
    delta_ms: Annotated[int, Field(ge=1)] | None = None
    pace: Annotated[float, Field(gt=0)] | None = None
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
    end: Literal["max_output_tokens", "content_filter", "cancelled"] | None = None
    drop: CloseCode | None = None
    swallow: Literal[True] | None = None

    @model_validator(mode="after")
    def _stands_beside_a_tone(self) -> Self:
        if self.beside is not None and (self.tone is None or self.pace is not None):
            raise ValueError("beside belongs to a tone without a pace")
        return self


class ScriptedAnswer(_Part):
    """An answer; `when` the caller's last words match, if that is given, and `told` the conversation's."""

    when: Pattern | None = None
    told: Pattern | None = None
    do: list[AnswerStep]


class Fault(_OneOf):
    """Something that goes wrong at a moment of a session which goes on."""

    ACTIONS = ("stall", "freeze", "mute", "swallow", "fail", "raw", "bad_base64", "unknown_event")

    after_s: Moment
    stall: Length | None = None
    freeze: Literal[True] | None = None
    mute: Length | None = None
    swallow: Times | None = None
    fail: str | None = None
    times: Times = 1
    message: str = "The script says so."
    raw: str | None = None
    bad_base64: Literal[True] | None = None
    unknown_event: Literal[True] | None = None


class Refuse(_Part):
    """Connections that are answered with an HTTP error instead of an upgrade."""

    status: Annotated[int, AfterValidator(_status)] = 429
    times: Times = 1
    after: Annotated[int, Field(ge=0)] = 0
    code: str | None = None
    message: str = "The script refuses this connection."
    retry_after_s: Annotated[float, Field(ge=0, le=LONGEST_S)] | None = None


class _Connect(_Part):
    refuse: Refuse | None = None
    delay_ms: Ms = 0


class SessionFaults(_Part):
    """What goes wrong with a session."""

    times: Times = math.inf
    drop_after_s: Moment | None = None
    drop_code: CloseCode = 1006
    drop_reason: Annotated[str, Field(max_length=100)] = "The script says so."
    expire_after_s: Moment | None = None
    expire_hidden: bool = False
    faults: list[Fault] = []


class ModelScript(_Part):
    """What a model name stands for."""

    per: Literal["session", "call"] = "session"
    connect: _Connect = _Connect()
    session: SessionFaults = SessionFaults()
    hears: Annotated[list[str], Field(min_length=1)] | None = None
    answers: Annotated[list[ScriptedAnswer], Field(min_length=1)] = [
        ScriptedAnswer(do=[AnswerStep(tone=440)])
    ]


class Script(ModelScript):
    """A whole script."""

    seed: int | None = None
    models: dict[str, ModelScript] = {}

    def course(self, model: str) -> ModelScript:
        """Return what a model name stands for: the first pattern it matches, laid over the script's own."""
        found = (part for pattern, part in self.models.items() if fnmatchcase(model, pattern))
        part = next(found, ModelScript())
        return self.model_copy(update={name: getattr(part, name) for name in part.model_fields_set})


def read_script(path: Path) -> Script:
    """Read a script, or say what is wrong with it."""
    try:
        return Script.model_validate(load_yaml(path) or {})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "script"
        raise BadInput(str(path), where, first.get("input"), plain_words(first)) from None
