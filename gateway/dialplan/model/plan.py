"""One plan file: for which calls it holds, its one action, and everything around that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, model_validator
from pydantic.json_schema import SkipJsonSchema

from gateway.dialplan.model.actions import Action, Announce, Menu, Redirect, Reject
from gateway.dialplan.model.agent import Agent
from gateway.dialplan.model.conduct import Answer, BargeIn, Digits, Limits, OnHold, OnTool, TurnEnd
from gateway.dialplan.model.fields import (
    Codecs,
    HeaderName,
    HeaderValue,
    Language,
    NumberEntry,
    PlanName,
    SoundFile,
    Text,
    TimeZone,
    TrunkNames,
    VariableName,
)
from gateway.dialplan.model.matching import Callers, Hours, LookUp
from gateway.dialplan.model.messages import Messages
from gateway.dialplan.model.outbound import Outbound
from gateway.dialplan.model.prompt import OnFailure
from gateway.dialplan.model.record import Record
from gateway.dialplan.model.section import Section
from gateway.dialplan.model.targets import TargetName, TransferTarget

ACTIONS = ("agent", "announce", "menu", "reject", "redirect")


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

    trunk: TrunkNames = ()
    """Trunks of `gateway.yaml` that the call has to come over: a name, or a list of names. Default: any, or
    none."""

    from_: Callers = Field(default_factory=Callers, alias="from")
    """Who may call. Default: everybody."""

    language: Language | None = None
    """Language of the texts that the gateway speaks itself (`say`, `hold`, `notice`), ISO 639, such as `de`.
    English is spoken by the embedded voice, another one by the agent's provider, once. Default: that of
    `agent.transcription`, else recognised by the words.
    """

    timezone: TimeZone = "UTC"
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

    codecs: Codecs | None = None
    """Codecs that a call of this plan may have when it is answered, the best first: `pcmu`, `pcma`, `g722`,
    `opus`; a caller who offers none of them gets 488. Native mode only. Default: those of the trunk, else of
    the settings.
    """

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

    turn_end: TurnEnd = Field(default_factory=TurnEnd)
    """When the caller has finished speaking."""

    comfort_noise: int | None = Field(default=None, ge=-90, le=-40)
    """Level of a faint noise behind the agent, -90 to -40 dB below full scale, -60 say: a line without any
    sounds as if it were dead after the last word. Native mode. Default: none.
    """

    digits: Digits = Field(default_factory=Digits)
    """In which ways the caller's keys come in."""

    on_hold: OnHold = Field(default_factory=OnHold)
    """What becomes of the agent's words when the caller holds."""

    on_tool: OnTool = Field(default_factory=OnTool)
    """What the caller hears while a function takes its time."""

    outbound: Outbound = Field(default_factory=Outbound)
    """What is particular to calls that the gateway makes by this plan."""

    targets: Mapping[TargetName, TransferTarget] = Field(default_factory=dict)
    """To whom calls may be transferred, each by a name; nobody else can be reached. Default: nobody."""

    messages: Messages | None = None
    """Messages that callers may leave, with the function `leave_message`. Default: none may."""

    hold_music: SoundFile | None = None
    """WAV file that a caller hears again and again while we hold or transfer the call. Default: music of our
    own.
    """

    record: Record | None = None
    """Record the calls of this plan, with their callers' consent. Default: they are not recorded."""

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
