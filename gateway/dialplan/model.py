"""A plan: what happens when a number is dialled. Every key of a plan file is described here, once.

The descriptions below are also the JSON Schema that editors show (`gateway schema`) and the reference in the
documentation. Models are immutable; a running call keeps the plan it started with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    PrivateAttr,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from gateway.dialplan import conditions, hours, numbers
from gateway.dialplan.values import Duration, Secret, Secretive, is_secret_name, must_refer, web_address

SORRY = "Sorry, we cannot take your call right now. Please try again later."
LONGEST_PATH = 1024
"""Characters of a file's name in an answer from elsewhere."""
ACTIONS = ("agent", "announce", "menu", "reject", "redirect")
NEXT = "next"
PLAN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!%*_+`'~-]+")  # RFC 3261 25.1, token


def _text(value: object) -> object:
    # `100` and `1` are numbers to YAML, but names and patterns to us.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _entry(text: str, info: ValidationInfo) -> str:
    numbers.parse_entry(text, (info.context or {}).get("region"))
    return text


def _caller_entry(text: str, info: ValidationInfo) -> str:
    return text if text.lower() == "anonymous" else _entry(text, info)


def _opening(text: str) -> str:
    hours.parse_opening(text)
    return text


def _holiday(text: str) -> str:
    hours.parse_holiday(text)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("unknown time zone; use a name of the IANA list, such as Europe/Berlin") from None
    return name


def _instead(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 400 <= value <= 699:
            raise ValueError("a SIP status that refuses a call lies between 400 and 699")
        return value
    return _plan_name(value)


def _plan_name(value: object) -> object:
    value = _text(value)
    if not isinstance(value, str) or not PLAN_NAME.fullmatch(value):
        raise ValueError("write the name of a plan: its file's name without .yaml")
    return value


def _file(value: object, info: ValidationInfo) -> object:
    """A plan names any file of its host; an answer from elsewhere (`confined`) only one beside the plans."""
    context = info.context or {}
    folder: Path = context.get("folder", Path())
    if not isinstance(value, str):
        return value
    return _inside(folder, value) if context.get("confined") else folder / value


def _inside(folder: Path, value: str) -> Path:
    """Where a name leads, through symbolic links and `..`, if that is in the folder."""
    try:
        root = folder.resolve()
        file = (root / value).resolve()
        named = file.name and len(value) <= LONGEST_PATH
    except (OSError, RuntimeError, ValueError):  # links in a circle; a NUL
        named = False
    if not named:
        raise ValueError("not the name of a file")
    if root not in file.parents:
        raise ValueError("name a file in the folder of the plan")
    return file


def _variable(name: str) -> str:
    if not _VARIABLE_NAME.fullmatch(name):
        raise ValueError("a variable's name is letters, digits and _, and begins with a letter")
    return name


def _key(key: str) -> str:
    if len(key) != 1 or key not in "0123456789*#":
        raise ValueError('a key of the telephone is 0 to 9, "*" or "#" (the last two in quotes)')
    return key


def _sip_uri(uri: str) -> str:
    if not re.fullmatch(r"(sips?|tel):[^\s<>\"]+", uri):
        raise ValueError("write a SIP address, such as sip:desk@example.com or sip:{called.user}@10.0.0.7")
    return uri


def _language(code: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", code):
        raise ValueError("write a language as ISO 639 has it, such as en, de or pt-BR")
    return code


def _header_value(text: str) -> str:
    conditions.header_test("", text)
    return text


def _header(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("not the name of a SIP header")
    return name


NumberEntry = Annotated[
    str, BeforeValidator(_text), AfterValidator(_entry), WithJsonSchema({"type": ["string", "integer"]})
]
CallerEntry = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_caller_entry),
    WithJsonSchema({"type": ["string", "integer"]}),
]
PlanName = Annotated[
    str, BeforeValidator(_plan_name), WithJsonSchema({"type": "string", "pattern": f"^{PLAN_NAME.pattern}$"})
]
Instead = Annotated[
    int | str,
    BeforeValidator(_instead),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 400, "maximum": 699}, {"type": "string"}]}),
]
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "integer"]})]
HeaderValue = Annotated[Text, AfterValidator(_header_value)]
VariableName = Annotated[str, AfterValidator(_variable)]
HeaderName = Annotated[str, AfterValidator(_header)]
Key = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_key),
    WithJsonSchema({"type": "string", "pattern": "^[0-9*#]$"}),
]
SoundFile = Annotated[Path, BeforeValidator(_file), WithJsonSchema({"type": "string"})]
ImageFile = Annotated[Path, BeforeValidator(_file), WithJsonSchema({"type": "string"})]


class Section(BaseModel):
    """A mapping in a plan file: immutable, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True
    )


class Prompt(Section):
    """Something said to the caller by the gateway itself, without a model: either `say` or `play`."""

    say: str | None = None
    """Text to speak with the voice of the embedded agent. Variables are filled in. Default: none."""

    play: SoundFile | None = None
    """WAV file to play: PCM 16 bit, mono or stereo, any rate; a path relative to the plan's file. Default:
    none.
    """

    @model_validator(mode="after")
    def _one_of_both(self) -> Prompt:
        if (self.say is None) == (self.play is None):
            raise ValueError("write either say: TEXT or play: FILE")
        return self


class OnFailure(Section):
    """What the caller hears when the agent cannot be had or is lost for good; then the call ends."""

    hold: str | None = "One moment, please."
    """What is said now and then while a lost agent is being brought back. Null: nothing.
    Default: a short plea.
    """

    say: str | None = SORRY
    """Text to speak with the voice of the embedded agent. Default: a short apology. Null: only `play`, or
    silence.
    """

    play: SoundFile | None = None
    """WAV file to play instead of `say`. Default: none."""


# --- matching ----------------------------------------------------------------------------------------


class Callers(Section):
    """Who may call this plan."""

    allow: tuple[CallerEntry, ...] = ()
    """Callers who may, written as in `numbers`, or `anonymous`. Default: empty, everybody."""

    deny: tuple[CallerEntry, ...] = ()
    """Callers who may not, also if they are in `allow`. Default: empty, nobody."""

    otherwise: Instead = 603
    """What the others get: a SIP status, another plan's name, or `next` (as if this plan did not exist).
    Default: 603.
    """


class Hours(Section):
    """When the plan is open, by the clock of `timezone`."""

    open: tuple[Annotated[str, AfterValidator(_opening)], ...]
    """Such as `Mon-Fri 09:00-17:30`, `Sat,Sun 10:00-14:00`, `daily 22:00-06:00` (over midnight). Required."""

    holidays: tuple[Annotated[str, BeforeValidator(_text), AfterValidator(_holiday)], ...] = ()
    """Days that are closed: `2026-12-25`, `2026-12-24..2027-01-01`, or `12-25` for every year. Default: none.
    """

    closed: Instead = 480
    """Outside of these hours: a SIP status, another plan's name, or `next` (as if this plan did not exist).
    Default: 480.
    """


class LookUp(Section):
    """A question to your own server when a call comes in (HTTP POST, JSON both ways).

    The answer may set `variables` of the plan, name another plan, and set keys of the plan for this call.
    """

    url: Secretive
    """Where to ask. `${NAME}` and `${file:PATH}` are filled in when asked, and never printed. Required."""

    headers: Mapping[HeaderName, Secretive] = Field(default_factory=dict)
    """HTTP headers to send, such as `Authorization: Bearer ${CRM_TOKEN}`. Default: none."""

    timeout: Duration = timedelta(seconds=1)
    """How long the caller may wait for the answer, 10s at most. Default: 1s."""

    plans: tuple[PlanName, ...] = ()
    """Plans that the answer may send the call to. Default: none."""

    otherwise: PlanName | None = None
    """The plan to take when there is no good answer. Default: this one."""

    @field_validator("url")
    @classmethod
    def _http(cls, url: Secretive) -> Secretive:
        return web_address(url, "http://", "https://")

    @field_validator("headers")
    @classmethod
    def _no_secrets(cls, headers: Mapping[str, Secretive]) -> Mapping[str, Secretive]:
        for name, value in headers.items():
            if is_secret_name(name):
                must_refer(value)
        return headers

    @field_validator("timeout")
    @classmethod
    def _short(cls, timeout: timedelta) -> timedelta:
        if not timedelta(milliseconds=50) <= timeout <= timedelta(seconds=10):
            raise ValueError("a caller hears nothing meanwhile: write 50ms to 10s")
        return timeout


# --- the agent ---------------------------------------------------------------------------------------


class ServerVad(Section):
    """The model's server ends a turn after a silence."""

    type: Literal["server_vad"] = "server_vad"
    """By silence. Default."""

    threshold: float = Field(default=0.5, ge=0, le=1)
    """How clearly something must be speech, 0 to 1; higher for noisy lines. Default: 0.5."""

    prefix_padding_ms: int = Field(default=300, ge=0, le=5000)
    """Audio kept from before speech was noticed, in milliseconds. Default: 300."""

    silence_duration_ms: int = Field(default=500, ge=50, le=10000)
    """Silence that ends the caller's turn, in milliseconds. Default: 500."""

    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30000)
    """The agent speaks up when the caller has said nothing for so long, in milliseconds. Default: never."""


class SemanticVad(Section):
    """The model judges by the words whether the caller has finished."""

    type: Literal["semantic_vad"]
    """By meaning."""

    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    """How soon it answers: at the latest after 8, 4 or 2 s; auto is medium. Default: auto."""


class NoDetection(Section):
    """The gateway's own detector finds the caller's turns: by voice and silence, deaf to tones and echo.

    The session hears only the turns, nothing in between.
    """

    type: Literal["none"]
    """Not by the server."""

    silence_duration_ms: int = Field(default=500, ge=200, le=10000)
    """Silence that ends the caller's turn, in milliseconds. Default: 500."""

    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30000)
    """The agent speaks up when the caller has said nothing for so long, in milliseconds. Default: never."""


class PushToTalk(Section):
    """The caller presses a key before and after speaking; in between the session hears nothing."""

    type: Literal["push_to_talk"]
    """By a key."""

    key: Key = "*"
    """The key, 0-9, "*" or "#". The agent is not told of it; other keys work as ever. Default: "*"."""

    silence_duration_ms: int | None = Field(default=None, ge=200, le=10000)
    """Silence after speech that ends the turn without the second key, in milliseconds. Default: none does."""

    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30000)
    """The agent speaks up when the caller has said nothing for so long, in milliseconds. Default: never."""


def _usual_detection(value: object) -> object:
    return {"type": "server_vad", **value} if isinstance(value, Mapping) else value


TurnDetection = Annotated[
    ServerVad | SemanticVad | NoDetection | PushToTalk,
    Field(discriminator="type"),
    BeforeValidator(_usual_detection),
]


class TranscriptionKeys(Section):
    """Turning what the caller says into text, for logs and records; the agent does not need it."""

    model: str | None = None
    """The transcription model. Default: the provider's."""

    language: Annotated[str, AfterValidator(_language)] | None = None
    """The language spoken, ISO 639, such as `en`. Default: recognised."""

    prompt: str | None = None
    """Words to expect, such as names of products. Default: none."""


class ModelRoute(Section):
    """Where an agent's realtime model is, and which model and voice it has there."""

    provider: str = "local"
    """`local` (embedded, no key needed), `openai`, `azure`, or a name under `providers:` of gateway.yaml.
    Default: local.
    """

    url: Secretive | None = None
    """WebSocket address of any server with the same protocol, `ws://` or `wss://`. Default: the provider's.
    """

    api_key: Secret | None = None
    """As `${NAME}` (environment) or `${file:PATH}`, never in clear. Default: the provider's."""

    model: str | None = None
    """Default: the provider's."""

    voice: str | None = None
    """One of the provider's; docs/providers.md has their names. Default: the provider's."""

    @field_validator("url")
    @classmethod
    def _websocket(cls, url: Secretive | None) -> Secretive | None:
        return url and web_address(url, "ws://", "wss://")


class HistoryItem(Section):
    """Something that the model remembers from before the call: a text, or an image with or without one."""

    role: Literal["user", "assistant", "system"] = "user"
    """Who said it: the caller (`user`), the agent (`assistant`), or nobody (`system`). Default: user."""

    text: str | None = None
    """What was said. Variables are filled in. Default: none."""

    image: ImageFile | None = None
    """PNG or JPEG file of 5 MB at most, shown as the caller's; a path relative to the plan's file.
    Default: none.
    """

    @model_validator(mode="after")
    def _something(self) -> HistoryItem:
        if self.text is None and self.image is None:
            raise ValueError("write text: or image:")
        if self.image is not None and self.role != "user":
            raise ValueError("only a user shows images: leave role: out")
        return self


class Agent(ModelRoute):
    """The voice agent that talks with the caller, and the realtime model behind it."""

    warm_sessions: int = Field(default=0, ge=0, le=100)
    """Connections to the provider kept open for calls to come: saves a caller a fifth of a second across an
    ocean, and counts against the provider's limit of sessions. Default: 0.
    """

    fallback: tuple[ModelRoute, ...] = ()
    """Where the same agent goes on, in this order, when its provider cannot be had or is lost. Default: none.
    """

    instructions: str = "You are a friendly assistant on the telephone. Answer in one or two short sentences."
    """What the agent is told: who it is, what it knows, how it speaks. Variables are filled in. Default: a
    friendly assistant.
    """

    turn_detection: TurnDetection = Field(default_factory=ServerVad)
    """How the end of a caller's turn is found. Default: server_vad."""

    transcription: TranscriptionKeys | None = Field(default_factory=TranscriptionKeys)
    """Text of what the caller says. Null: none. Default: on, with the provider's model."""

    history: tuple[HistoryItem, ...] = ()
    """What the model remembers when the call begins, in this order. Default: nothing."""

    summary: str | None = None
    """Asked of the model when the call is over, for the log: such as "Sum up the call in one sentence."
    Default: nothing is asked.
    """

    tools: tuple[str, ...] = ()
    """Names of the functions that the agent may call: `hang_up`, `current_time`, `caller_number`. Default:
    none."""


# --- other actions -----------------------------------------------------------------------------------


class Reject(Section):
    """Refuse the call."""

    status: int = Field(default=603, ge=400, le=699)
    """SIP status: 404 unknown, 480 unavailable, 486 busy, 603 declined. Default: 603."""


class Redirect(Section):
    """Tell the caller's side to try another address (302)."""

    to: Annotated[str, AfterValidator(_sip_uri)]
    """SIP or tel URI; `{called.number}`, `{called.user}` and `{caller.number}` are filled in. Required."""


class Announce(Prompt):
    """Answer, say or play something, hang up."""

    repeat: int = Field(default=1, ge=1, le=10)
    """How often, with a second of silence between. Default: 1."""


class Inline(Section):
    """What a menu's key does, written in place: exactly one of `agent`, `announce`, `menu`."""

    agent: Agent | None = None
    """Go on with this agent. Everything else stays as in the plan of the menu."""

    announce: Announce | None = None
    """Say or play something and hang up."""

    menu: Menu | None = None
    """Another menu."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Inline:
        if sum(action is not None for action in (self.agent, self.announce, self.menu)) != 1:
            raise ValueError("write exactly one of agent, announce, menu")
        return self

    @property
    def action(self) -> Agent | Announce | Menu:
        """The one that is there."""
        action = self.agent or self.announce or self.menu
        assert action is not None
        return action


def _target_kind(value: object) -> str:
    return "action" if isinstance(value, (Mapping, Inline)) else "name"


Target = Annotated[
    Annotated[PlanName, Tag("name")] | Annotated[Inline, Tag("action")], Discriminator(_target_kind)
]
"""Where a menu leads: another plan's name, or an action in place."""


class Menu(Section):
    """Answer, say what the keys do, and follow the key that the caller presses."""

    prompt: Prompt
    """What is said or played first. A key pressed meanwhile counts at once. Required."""

    options: Mapping[Key, Target] = Field(min_length=1)
    """For each key (0-9, * and #) another plan's name, or `agent`, `announce` or `menu` in place. Required.
    """

    timeout: Duration = timedelta(seconds=5)
    """How long to wait for a key after the prompt, 1s to 60s. Default: 5s."""

    retries: int = Field(default=2, ge=0, le=10)
    """How often the prompt is repeated when no key or a wrong one was pressed. Default: 2."""

    invalid: Prompt | None = None
    """Said after a wrong key, before the prompt is repeated. Default: nothing."""

    otherwise: Target | None = None
    """Where the call goes after the last retry. Default: it is hung up."""

    @field_validator("timeout")
    @classmethod
    def _patient(cls, timeout: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= timeout <= timedelta(seconds=60):
            raise ValueError("write 1s to 60s")
        return timeout


Action = Agent | Announce | Menu | Reject | Redirect

# --- around the action -------------------------------------------------------------------------------


class Answer(Section):
    """How the call is answered."""

    when: Literal["ready", "at_once"] = "ready"
    """`ready`: ring until the agent can speak, so that nobody hears silence; `at_once`: answer, then prepare.
    Default: ready.
    """

    greeting: str | None = None
    """The agent's first words. Variables are filled in. Default: the agent opens in its own words."""

    greeting_cached: bool = False
    """The model speaks the greeting once; later callers hear that at once, and it takes no tokens. It is kept
    in memory by provider, model, voice and words: no use where the words differ from call to call, or are
    the agent's own. Default: false.
    """

    speaks_first: Literal["agent", "caller"] = "agent"
    """Whether the agent greets or waits for the caller to speak. Default: agent."""

    interruptible: bool = True
    """Whether the caller may speak over the greeting. Default: true."""


class BargeIn(Section):
    """What happens when the caller speaks while the agent does."""

    enabled: bool = True
    """The agent falls silent at once. False: it always finishes. Default: true."""

    ignore_first_ms: int = Field(default=0, ge=0, le=10000)
    """No interruption in the first milliseconds of what the agent says, against echo. Default: 0."""

    detector: Literal["session", "local", "duck"] = "session"
    """Who notices the caller. `session`: the model's server. `local`: the gateway itself, sooner; if the
    server finds no speech in it, the agent goes on. `duck`: the gateway lowers the agent, and silences it
    when the server finds speech. Where `turn_detection` is `none` it is the gateway in any case. Default:
    session.
    """


class Limits(Section):
    """Bounds that keep one number from costing or blocking too much."""

    max_calls: int | None = Field(default=None, ge=1)
    """Calls in this plan at the same time, whatever led them here; one that went on to another plan counts
    there. One more hears busy (486), or `on_failure` if a menu has answered it. Default: no limit but the
    gateway's.
    """

    max_duration: Duration = timedelta(minutes=30)
    """Length of a call, from its answer; then it is ended. Default: 30m."""

    max_silence: Duration = timedelta(seconds=60)
    """The call is ended when nobody has spoken for so long. Default: 60s."""

    max_echoes: int | None = Field(default=4, ge=1)
    """The call is ended when so many turns of the caller in a row were only the agent's own words coming
    back, as from an echo. Null: never. Default: 4.
    """

    max_cost_usd: Annotated[Decimal, Field(gt=0, allow_inf_nan=False), PlainSerializer(float)] | None = None
    """What the model may cost in one call, in US dollars. Default: no limit."""

    notice: str | None = "I am sorry, this call has reached its limit. Goodbye."
    """What the caller is told when `max_duration` or `max_cost_usd` ends the call, after a whole sentence.
    Null: nothing. Default: a short goodbye.
    """

    @field_validator("max_duration", "max_silence")
    @classmethod
    def _some(cls, span: timedelta) -> timedelta:
        if span < timedelta(seconds=1):
            raise ValueError("write at least 1s")
        return span


class Plan(Section):
    """One file: for which calls it holds, and what happens to them.

    It has exactly one action: `agent`, `announce`, `menu`, `reject` or `redirect`.
    """

    name: SkipJsonSchema[str]
    """The file's name without .yaml."""

    template: bool = False
    """True: only there to be extended; answers no calls, needs no action. Not inherited. Default: false."""

    extends: PlanName | None = None
    """Another plan whose keys hold here where this file does not say otherwise. Default: only defaults.yaml.
    """

    numbers: tuple[NumberEntry, ...] = ()
    """Called numbers and SIP users: exact, pattern, regular expression, or `*` for any. Not inherited.
    Default: none; the plan is reached by its name only."""

    order: int = 0
    """Plans with a lower order are asked first; among equals the file's name decides. Exact numbers are asked
    before patterns, patterns before `*`. Not inherited. Default: 0."""

    headers: Mapping[HeaderName, HeaderValue] = Field(default_factory=dict)
    """SIP headers that the call must have for this plan to be taken: the value (capitals do not matter), a
    beginning such as `spring-*`, `*` for any value, or `/regex/`. Default: none needed."""

    from_: Callers = Field(default_factory=Callers, alias="from")
    """Who may call. Default: everybody."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """IANA time zone of `hours` and `{local_time}`, such as `Europe/Berlin`. Default: UTC."""

    hours: Hours | None = None
    """Opening hours. Default: always open."""

    variables: Mapping[VariableName, Text] = Field(default_factory=dict)
    """Texts of your own, used as `{NAME}` in instructions, greeting and `say`. A look-up may change them
    for its call. Default: none.
    """

    pass_headers: tuple[HeaderName, ...] = ()
    """SIP headers of the call that may be used as `{header.NAME}`. Default: none."""

    lookup: LookUp | None = None
    """Ask your own server about the call before it is answered. Default: do not."""

    answer: Answer = Field(default_factory=Answer)
    """How the call is answered and greeted."""

    agent: Agent | None = None
    """Action: the caller talks with a voice agent."""

    announce: Announce | None = None
    """Action: say or play something, then hang up."""

    menu: Menu | None = None
    """Action: the caller chooses by pressing a key."""

    reject: Reject | None = None
    """Action: refuse the call with a SIP status."""

    redirect: Redirect | None = None
    """Action: send the call to another SIP address."""

    barge_in: BargeIn = Field(default_factory=BargeIn)
    """Whether and when the caller may interrupt the agent."""

    limits: Limits = Field(default_factory=Limits)
    """Bounds of a call."""

    on_failure: OnFailure = Field(default_factory=OnFailure)
    """What the caller hears when the agent cannot be had."""

    _folder: Path = PrivateAttr(default=Path())

    def model_post_init(self, context: Any, /) -> None:
        """Keep where the plan was read from."""
        self._folder = (context or {}).get("folder", Path())

    @property
    def folder(self) -> Path:
        """The folder of the plan's file."""
        return self._folder

    @model_validator(mode="after")
    def _one_action(self) -> Plan:
        there = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(there) > 1:
            raise ValueError(
                f"a plan has one action, not {' and '.join(there)}; put the others into files of their own"
            )
        if not there and not self.template:
            raise ValueError(f"add an action, one of {', '.join(ACTIONS)} (or template: true)")
        if self.template and self.numbers:
            raise ValueError("a template answers no calls: remove numbers, or template: true")
        return self

    @property
    def action(self) -> Action:
        """The one action of a plan that answers calls."""
        action = self.agent or self.announce or self.menu or self.reject or self.redirect
        assert action is not None, "a template answers no calls"
        return action

    def with_action(self, action: Action) -> Plan:
        """Return this plan with another action, everything else the same."""
        chosen: dict[str, Any] = dict.fromkeys(ACTIONS)
        chosen[type(action).__name__.lower()] = action
        return self.model_copy(update=chosen)
