"""The words of a rehearsal's file: each key with what it means. Values; no I/O."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway import wall_clock
from gateway.call import Reason
from gateway.dialplan.model.fields import HeaderName, PlanName, SoundFile
from gateway.dialplan.model.section import Section
from gateway.dialplan.model.targets import TargetName
from gateway.dialplan.values import Duration
from gateway.regex import Regex
from gateway.rehearsal.accents import Accent, VoiceName

LONGEST_TEXT = 2000
"""Letters that a caller says at once."""
MOST_STEPS = 100
LONGEST = timedelta(minutes=10)
"""Of whatever is waited for."""
_OF_THE_PHONE = frozenset(
    [
        *("via", "from", "to", "call-id", "cseq", "contact", "max-forwards", "route", "record-route"),
        *("content-length", "content-type", "v", "f", "t", "i", "m", "l", "c"),
    ]
)
DOES = ("say", "play", "press", "wait", "hold", "hang_up")
"""What a step can do: one of these, or nothing but listen."""


def _number(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _sentence(text: str) -> str:
    if not any(letter.isalnum() for letter in text):
        raise ValueError("write a sentence: what the agent's answer has to amount to")
    return text


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int) and not isinstance(value, bool) else value


def _keys(text: str) -> str:
    if not text or set(text) - set("0123456789*#ABCD"):
        raise ValueError("write keys of a telephone in quotes: 0 to 9, *, #")
    return text


def _pattern(text: str) -> str:
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        Regex(text[1:-1])  # raises ValueError with the cure
    elif not any(letter.isalnum() for letter in text):
        raise ValueError("write words, or a regular expression between slashes")
    return text


def _variable(name: str) -> str:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("a name in the environment is letters, digits and _, such as CRM_TOKEN")
    return name


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a header is one line of printable text")
    return text


def _own_header(name: str) -> str:
    if name.lower() in _OF_THE_PHONE:
        raise ValueError("the phone writes this header itself: remove it")
    return name


def _address(text: str) -> str:
    if not text.isprintable() or set(text) & set(' "<>@:'):
        raise ValueError("write a number, or the name in front of the @ of a SIP address")
    return text


def _spoken(text: str) -> str:
    if not any(letter.isalnum() for letter in text):
        raise ValueError("write words, which can be spoken")
    return text


def _bearable(span: timedelta) -> timedelta:
    if span > LONGEST:
        raise ValueError("write 10m or less: whoever rehearses waits for it")
    return span


def _moment(text: str) -> str:
    wall_clock.moment(text)
    return text


Text = Annotated[str, BeforeValidator(_number), Field(min_length=1, max_length=LONGEST_TEXT)]
CustomHeader = Annotated[HeaderName, AfterValidator(_own_header)]
Title = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Span = Annotated[Duration, AfterValidator(_bearable)]
Keys = Annotated[str, BeforeValidator(_number), AfterValidator(_keys)]
Word = Annotated[str, BeforeValidator(_number), AfterValidator(_pattern)]
Words = Annotated[tuple[Word, ...], BeforeValidator(_listed)]
Sentences = Annotated[
    tuple[Annotated[str, AfterValidator(_sentence), Field(max_length=LONGEST_TEXT)], ...],
    BeforeValidator(_listed),
]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class SpeakingManner(Section):
    """How words are spoken."""

    voice: VoiceName | None = None
    """`heart`, the embedded voice; `man` or `woman`, of espeak-ng (Debian), which are understood worse.
    Default: heart, with an accent a man."""

    accent: Accent | None = None
    """Of a man or a woman. Default: american."""

    speed: float | None = Field(default=None, ge=0.5, le=2.0)
    """How fast the words are spoken; 1.2 is a fifth faster. Default: 1.0."""

    noise: float | None = Field(default=None, ge=-10, le=60)
    """Pink noise under the words, so many dB below them. Default: none."""

    @model_validator(mode="after")
    def _has_accents(self) -> Self:
        if self.voice == "heart" and self.accent is not None:
            raise ValueError("the voice heart has one accent: write voice: man or woman, or remove accent")
        return self


class WhoRings(SpeakingManner):
    """Who rings, whom, and when; and in which voice, where a step does not say otherwise."""

    to: Annotated[Text, AfterValidator(_address)]
    """What is dialled: a number, or the user part of a SIP address."""

    plan: PlanName | None = None
    """The gateway calls by this plan, and whoever is `to` answers: the steps are what they do. Default: the
    gateway is rung."""

    variables: dict[str, Annotated[str, BeforeValidator(_number)]] = Field(default_factory=dict)
    """Of the plan, for a call that the gateway makes."""

    caller: Annotated[str, BeforeValidator(_number), AfterValidator(_address)] = Field(
        default="", alias="from"
    )
    """Who calls; empty: a withheld number."""

    headers: dict[CustomHeader, Annotated[str, AfterValidator(_printable)]] = Field(default_factory=dict)
    """SIP headers of the INVITE."""

    at: Annotated[str, AfterValidator(_moment)] | None = None
    """The day and time that plans believe it is, such as "2026-12-24 18:00 Europe/Berlin"; without a zone by
    the clock of this machine. Default: it is now."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.plan is None and self.variables:
            raise ValueError("variables are of a call that the gateway makes: write plan: NAME, too")
        if self.plan is not None and (self.caller or self.headers):
            raise ValueError("the gateway calls (plan): from and headers are of calls that ring it")
        return self


def _ringing(value: object) -> object:
    return {"to": value} if isinstance(value, str | int) and not isinstance(value, bool) else value


class Interruption(Section):
    """When a step comes that does not wait until the agent has finished."""

    after: Span | None = None
    """So long after the agent's first sound."""

    word: Text | None = None
    """As soon as this word of the agent was heard: some 0.5 s after it, which recognition takes."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.after is None) == (self.word is None):
            raise ValueError("write one of after and word")
        return self


def _interruption(value: object) -> object:
    return {"after": value} if isinstance(value, str) else value


class RehearsalStep(SpeakingManner):
    """Something that the caller does, and what is to be heard from then on until the next step."""

    say: Annotated[Text, AfterValidator(_spoken)] | None = None
    """Words."""

    play: SoundFile | None = None
    """A WAV file, PCM 16 bit."""

    beep: bool = False
    """A tone comes after the words, or the file, as an answering machine has it."""

    press: Keys | None = None
    """Keys of the telephone."""

    wait: Span | None = None
    """Nothing for so long, whoever speaks."""

    hold: Span | None = None
    """The agent is put on hold for so long."""

    hang_up: Literal[True] | None = None
    """The caller hangs up."""

    interrupt: Annotated[Interruption | None, BeforeValidator(_interruption)] = None
    """Do it while the agent speaks: a time after its first sound, or `{word: ...}`. Default: afterwards."""

    heard: Words = ()
    """Words that the agent has to say, or regular expressions between slashes; numbers in either form."""

    like: Text | None = None
    """A sentence of the agent: two thirds of its words have to be heard, whatever stands between them."""

    judged: Sentences = ()
    """What the agent's answer has to amount to, in a sentence: "It apologises and offers to call back." See
    `judge`."""

    not_heard: Words = ()
    """Words that the agent may not say."""

    within: Span | None = None
    """How soon the agent has to begin to speak."""

    @property
    def does(self) -> str:
        """What it does: one of DOES, or `listen`."""
        return next((name for name in DOES if getattr(self, name) is not None), "listen")

    @property
    def hears_meanwhile(self) -> bool:
        """Whether what the agent says while it goes on is heard: who only waits, hears all of it."""
        return self.does in ("listen", "wait", "hold")

    @property
    def expects_words(self) -> bool:
        """Whether the agent has to say something."""
        return bool(self.heard or self.like or self.judged or self.within)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        done = [name for name in DOES if getattr(self, name) is not None]
        if len(done) > 1:
            raise ValueError(f"a step does one thing: make two of {done[0]} and {done[1]}")
        if not done and not (self.expects_words or self.not_heard):
            raise ValueError(f"write what the caller does ({', '.join(DOES)}), or what is to be heard")
        if (self.noise is not None or self.speed is not None) and self.say is None and self.play is None:
            raise ValueError("noise and speed are of words: write say or play")
        if self.beep and self.say is None and self.play is None:
            raise ValueError("a beep comes after words: write say or play")
        if (self.voice or self.accent) and self.say is None:
            raise ValueError("voice and accent are of words: write say")
        return self


class ToolCallExpected(Section):
    """A function that the model has to call."""

    name: Text
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Those that count, with their values; others may be there."""


def _tool(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class Expectations(Section):
    """What has to be true of the whole call."""

    ended_by: Literal["caller", "agent", "gateway"] | None = None
    """Who hung up: the caller; the agent, or a plan that was done; the gateway, by a limit or a fault."""

    reason: Annotated[tuple[Reason, ...], BeforeValidator(_listed)] = ()
    """Why it ended, one of these: see docs/call-log.md."""

    status: int | None = Field(default=None, ge=300, le=699)
    """The SIP status with which the call is refused."""

    plans: Annotated[tuple[PlanName, ...], BeforeValidator(_listed)] = ()
    """The plan that the call comes to, or all that it comes through, in order."""

    tools: tuple[Annotated[ToolCallExpected, BeforeValidator(_tool)], ...] = ()
    """Functions that are called, in this order; others may be called as well."""

    transferred_to: Annotated[tuple[TargetName, ...], BeforeValidator(_listed)] = ()
    """The target of the plan that the caller is put through to, or all, in order."""

    judged: Sentences = ()
    """What the whole conversation has to amount to, in a sentence each. See `judge`."""

    not_heard: Words = ()
    """Words that the agent may never say."""

    cost_below: float | None = Field(default=None, gt=0)
    """USD, as far as prices are known."""

    dead_air: Duration | None = None
    """How long it may be silent when it is the agent's turn."""

    talk_over: Duration | None = None
    """How long the agent may speak while the caller does."""


class Rehearsal(Section):
    """One call."""

    call: Annotated[WhoRings, BeforeValidator(_ringing)]
    """What is dialled, or more about who rings whom and when."""

    steps: tuple[RehearsalStep, ...] = Field(default=(), max_length=MOST_STEPS)
    """What the caller does, one after the other; then he hangs up."""

    expect: Expectations = Expectations()
    """What has to be true of the whole call."""

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        ends = next((number for number, step in enumerate(self.steps) if step.hang_up), None)
        if ends is not None and ends < len(self.steps) - 1:
            raise ValueError(f"the caller has hung up in step {ends + 1}: remove the steps after it")
        return self


class ModelThatJudges(Section):
    """A model that judges what was said by the sentences of `judged`."""

    provider: Text
    """Its name: of those that the gateway knows, or of your own in gateway.yaml."""

    model: Text | None = None
    """Default: the provider's own."""


def _judge(value: object) -> object:
    return {"provider": value} if isinstance(value, str) and value != "words" else value


class RehearsalFile(Section):
    """A file of rehearsals, which share a gateway."""

    plans: SoundFile | None = None
    """The folder of the dialplans. Default: the one above the folder `rehearsals` in which this file lies."""

    model: Annotated[Literal["embedded"] | SoundFile | None, Field(union_mode="left_to_right")] = None
    """What stands in for every model of the plans: `embedded` is the embedded agent, a file a script for the
    scripted model (docs/script.md). Default: nothing does, and the plans' own keys are needed."""

    judge: Annotated[
        ModelThatJudges | Literal["words"] | None,
        Field(union_mode="left_to_right"),
        BeforeValidator(_judge),
    ] = None
    """Who judges by the sentences of `judged`: a provider, `{provider: ..., model: ...}`, or `words`, which
    knows no meaning: only words of the same stem, numbers, and whether there is a "not". Default: the
    provider of the plan that the call comes to; `words` where something stands in for that."""

    targets: dict[TargetName, Literal["answers", "busy", "silent"]] = Field(default_factory=dict)
    """What those do whom plans put callers through to: a phone of the rehearsal is called in place of each,
    tells as whom, and listens. Default: each answers."""

    environment: dict[Annotated[str, AfterValidator(_variable)], str] = Field(default_factory=dict)
    """What the gateway is told besides, such as keys for the plans' headers: names in capitals."""

    rehearsals: dict[Title, Rehearsal] = Field(min_length=1)
    """The calls, each under a name of its own."""
