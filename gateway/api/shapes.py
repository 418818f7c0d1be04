"""What is asked and answered, as JSON: the API's own words, from which its OpenAPI description is made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.node.control_socket import LONGEST_IMAGE, LONGEST_INSTRUCTIONS, LONGEST_TEXT
from gateway.webrtc.ephemeral_keys import LEAST_SECONDS, MOST_SECONDS, SECONDS

Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT, pattern=r"\S")]
Number = Annotated[str, StringConstraints(max_length=200)]


class Shape(BaseModel):
    """What all have in common: nothing unknown is asked, and each field says what it is."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class WhyNot(BaseModel):
    """An answer that says why not."""

    error: str


class CallShown(Shape):
    """A call that is up."""

    id: str
    sip_call_id: str
    caller: str
    """Empty: withheld."""
    called: str
    source: str
    """Where the INVITE came from, `ip:port`."""
    direction: Literal["inbound", "outbound"]
    trunk: str
    """That it came over, or goes over; empty: none."""
    node: str
    """The process that has it, by its name among those that answer calls together; empty: there is one."""
    state: Literal["ringing", "answered", "held", "ended"]
    plan: str | None
    """The plan that it has reached; null before there is one."""
    first_plan: str | None
    action: str | None
    since: datetime
    seconds: float
    talk_seconds: float | None
    """Since it was answered; null while it rings."""
    turns: int
    barge_ins: int
    digits: int
    tools: int
    cost_usd: float | None
    """So far; null where it is not known."""
    media: dict[str, Any] | None
    """What became of its audio so far: docs/call-log.md; null before there is any."""
    levels: dict[str, Any] | None
    """How loud both sides are: docs/lines.md; null in portable mode."""
    turn_ms: int | None
    """What the caller has waited for the last answer, from their last word to its first sound."""
    muted: bool
    """Nobody hears the caller."""
    recording: Literal["on", "paused"] | None
    """Null: it is not recorded."""


class CallsShown(Shape):
    """The calls that are up, the oldest first."""

    calls: list[CallShown]
    last_event_id: str
    """With `Last-Event-ID` of this, `/v1/events` tells all that happens after it."""


class CallWanted(Shape):
    """A call that is to be made."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Digits, or a SIP address."""
    plan: str
    """The plan that leads the call."""
    trunk: str = ""
    """That it goes over; empty: the only one, or none for a SIP address."""
    variables: dict[str, str] = {}
    """Instead of those of the plan that have these names."""
    ring: Annotated[float, Field(ge=1, le=180)] = 30
    """Seconds that it may ring."""
    call_id: Annotated[str, StringConstraints(pattern="^([0-9a-f]{8})?$")] = ""
    """The id that the call is to have, 8 hexadecimal digits; empty: one of ours. Asked for twice with one id
    it is made once."""


class CallMade(Shape):
    """A call that was begun; the events tell how it goes on."""

    call: str
    """Its id."""


class WordsSaid(Shape):
    """What is said to the caller, in the gateway's own voice."""

    text: Text


class ItemShown(Shape):
    """What is being played."""

    item: str
    """`Played` and `Flushed` of the events name it."""


class WordsTold(Shape):
    """What the agent is told; the caller does not hear it."""

    text: Text
    answer: bool = False
    """The agent speaks about it at once."""


class Instructions(Shape):
    """What the agent goes by from now on, in place of its plan's instructions."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_INSTRUCTIONS, pattern=r"\S")]
    answer: bool = False
    """The agent speaks by them at once."""


class ImageShown(Shape):
    """What the agent is shown."""

    image: Annotated[
        str, Field(max_length=LONGEST_IMAGE, pattern="^data:image/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$")
    ]
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] = ""
    answer: bool = False
    """The agent speaks about it at once."""


class CallerMuted(Shape):
    """Whether nobody hears the caller: no agent, no recording, nobody who is joined. Keys are still told."""

    on: bool


class RecordingSwitched(Shape):
    """Whether a recording is paused, or goes on."""

    on: bool


class PlanNamed(Shape):
    """Where a call goes on."""

    plan: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """A plan of the dialplan that the call began with."""


class TransferAsked(Shape):
    """To whom a caller is put through."""

    target: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
    """One of the names that the plan's `transfer` lists."""
    digits: Annotated[str, StringConstraints(max_length=64)] = ""
    """Keys that are pressed when they have answered."""
    summary: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] = ""
    """What they are told before the caller is put through."""


class BrowserOffer(Shape):
    """What a browser offers (SDP), its candidates in it, and whom it wants to talk to."""

    offer: Annotated[str, StringConstraints(min_length=1, max_length=64 * 1024)]
    number: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9+*#._-]{1,64}$")] | None = None
    """To be rung."""
    take_over: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{1,64}$")] | None = None
    """The call whose caller is to be spoken with, in the agent's place."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.number is None) == (self.take_over is None):
            raise ValueError("write one of number and take_over")
        return self


class BrowserAnswered(Shape):
    """What it is answered (SDP)."""

    answer: str
    call_id: str


class ExpiresAfter(Shape):
    """How long a page's key is good."""

    anchor: Literal["created_at"] = "created_at"
    seconds: Annotated[int, Field(ge=LEAST_SECONDS, le=MOST_SECONDS)] = SECONDS


class PageSession(BaseModel):
    """The number that a page's key rings; what else OpenAI's sessions have is the plan's."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9+*#._-]{1,64}$")]


class ClientSecretWanted(Shape):
    """A key for a page."""

    session: PageSession
    expires_after: ExpiresAfter | None = None


class ClientSecret(Shape):
    """A key for a page, until `expires_at` (Unix seconds)."""

    value: str
    expires_at: int
    session: dict[str, Any]


class ProcessShown(Shape):
    """The gateway's process."""

    sip: str
    """Where it is called, `host:port`."""
    media: Literal["native", "portable"]
    embedded: Literal["ready", "starting", "missing", "none"]
    """The embedded agent."""
    cluster: Literal["answers", "away", "none"]
    """The Redis by which gateways of several machines share limits."""
    late_ticks: int
    """Times that audio left a packet late or more: the machine is too busy."""
    pid: int
    version: str
    seconds: int
    """Since it began."""
    calls: int
    max_calls: int
    carries: int | None
    """Calls that this machine is known to carry, once it has been half full."""
    refuses: str
    """Why no more calls are let in for the load that there is, and what to do about it; "" if they are."""
    refused_for_load: int
    """Calls so far that were refused for that; nobody else counts them."""
    taken: int
    """Calls so far, those refused included."""
    draining: bool
    plans: int
    plans_as_written: bool
    """False: the folder holds mistakes, and older plans are in force."""
    log_level: str


class TrunkShown(Shape):
    """A line to the telephone network."""

    name: str
    state: Literal["registered", "registering", "failed", "elsewhere", "reachable", "silent", "unasked"]
    detail: str
    """Of a failure: the status and what it means."""
    until_s: float | None
    """Seconds until the registration is over, if it is not renewed."""
    again_s: float | None
    """Seconds until it is tried again."""
    algorithm: str
    """Of the digest that the registrar took: SHA-256 or MD5."""
    calls: int
    place: str
    transport: str
    encryption: str


class TrunksShown(Shape):
    """The lines to the telephone network."""

    trunks: list[TrunkShown]


class ProblemShown(Shape):
    """Something that is wrong with a plan."""

    where: str
    key: str
    cure: str
    kind: Literal["error", "unready", "warning"]
    """`unready`: this machine lacks what calls of the plan need, such as a key."""


class PlanShown(Shape):
    """A plan in force."""

    name: str
    numbers: list[str]
    action: str
    template: bool
    calls: int
    """That are in it now."""
    max_calls: int | None


class PlansShown(Shape):
    """The plans in force, in the order in which they are asked, and what is wrong with the folder's."""

    plans: list[PlanShown]
    as_written: bool
    """False: the folder holds mistakes, and older plans are in force."""
    problems: list[ProblemShown]


class ReloadShown(Shape):
    """What came of reading the folder again."""

    done: bool
    """False: there are mistakes, and the plans stay as they are."""
    plans: int
    problems: list[ProblemShown]


class RouteAsked(Shape):
    """A call that might come."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """What is dialled: a number, or a SIP address."""
    caller: Number = ""
    """Who calls; empty: withheld."""
    at: Annotated[str, StringConstraints(max_length=40)] = ""
    """`2026-12-24 18:00`, or `18:00` for today, by the clock of the plan. Empty: now."""
    headers: Annotated[dict[str, Annotated[str, Field(max_length=1000)]], Field(max_length=50)] = {}


class PlanPassed(Shape):
    """A plan that was not taken."""

    plan: str
    why: str


class RouteShown(Shape):
    """Which plan it would get, and why."""

    plan: str | None
    """Null: none, 404."""
    action: str | None
    why: str
    number: str
    """As it was understood."""
    caller: str
    time: datetime
    not_taken: list[PlanPassed]
    effective: str
    """The plan with all that it inherits, as YAML; secrets stay references."""


class LevelNamed(Shape):
    """From which level on is logged."""

    level: Literal["debug", "info", "warning", "error"]


class HealthShown(Shape):
    """Whether all is well; `reasons` why not, `notes` what is worth a look all the same."""

    ok: bool
    reasons: list[str]
    notes: list[str] = []


class MessageKept(Shape):
    """A SIP message of a call."""

    at: datetime
    call_id: str
    came_in: Annotated[bool, Field(alias="in")]
    """False: it went."""
    transport: str
    peer: str
    message: str
    """As it was, without what proves who somebody is."""


class LadderShown(Shape):
    """The SIP messages of a call, in their order; none where they are not kept (`sip_messages`)."""

    messages: list[MessageKept]


class RecordsShown(Shape):
    """What became of calls, the newest first; docs/records.md says what a record holds."""

    records: list[dict[str, Any]]
