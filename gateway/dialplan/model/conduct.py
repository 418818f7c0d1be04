"""How a call is conducted, whatever its action: answered, interrupted, and bounded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, field_validator, model_validator

from gateway.dialplan.model.fields import SoundFile
from gateway.dialplan.model.section import Section
from gateway.dialplan.values import Duration

LONGEST_PATIENCE_S = 10
"""Seconds for which half a sentence may be waited for: in a longer silence nobody seems to be there."""
RTCP_S = 5
"""Seconds between a phone's RTCP reports (RFC 3550 section 6.2): nothing else may come from who is muted."""


class EarlyWords(Section):
    """What a caller hears before the call is answered, and then the tone of a phone that rings."""

    say: str | None = None
    """Text to speak, once, see `language`. Variables are filled in. Default: none."""

    play: SoundFile | None = None
    """WAV file to play instead, once. Default: none."""

    @model_validator(mode="after")
    def _one_of_both(self) -> EarlyWords:
        if (self.say is None) == (self.play is None):
            raise ValueError("write either say: TEXT or play: FILE")
        return self


class Answer(Section):
    """How the call is answered."""

    when: Literal["ready", "at_once"] = "ready"
    """`ready`: ring until the agent can speak, so that nobody hears silence; `at_once`: answer, then prepare.
    Default: ready.
    """

    early: Literal["ringback"] | EarlyWords | None = None
    """What the caller hears before the call is answered, which as a rule costs them nothing (183, early
    media): `ringback`, the tone of a phone that rings, from us; or `say` or `play` once, and then that tone.
    Carriers let it through or not. Default: their own phone's tone (180).
    """

    disclosure: str | None = None
    """What the gateway itself tells every caller first, to its end, such as that no person is speaking.
    Variables are filled in. Default: nothing.
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
    server finds no speech in it, the agent goes on where it stopped. `duck`: the gateway lowers the agent,
    and silences it when the server finds speech. Where `turn_detection` is `none` it is the gateway in any
    case. Default: session.
    """

    backchannels: Literal["ignore", "interrupt"] = "ignore"
    """What becomes of "mm-hm", "yeah" or a noise that is taken for speech, over the agent. `ignore`: the
    agent is silent until it is known what was said, and goes on where it stopped; that takes
    `transcription`. `interrupt`: whatever is said stops it. Default: ignore.
    """

    far_voices: Literal["ignore", "interrupt"] = "ignore"
    """What becomes of a voice over the agent that comes from further away than the caller: a television,
    people in the room. `ignore`: one that is 10 dB softer than the caller was, or softer than -40 dB before
    they have spoken, has the agent wait for a moment, and it goes on over it. It takes `backchannels:
    ignore` and native mode. `interrupt`: it stops the agent like any other. Default: ignore.
    """

    echo: Literal["suppress", "hear"] = "suppress"
    """What becomes of the agent's own voice that comes back from the caller's side. `suppress`: the model
    does not hear it; a caller who speaks over it is heard. `hear`: all is heard. Native mode. Default:
    suppress.
    """


class TurnEnd(Section):
    """When a caller has finished."""

    patience: Duration | None = timedelta(seconds=1)
    """How long a sentence that sounds unfinished is waited for, from its last word on: "I want a table", or
    four digits of a number; half as long again where it cannot be over: "I would like to", or two digits.
    The answer to it is kept so long, and never heard if the caller goes on; whole sentences are answered as
    soon as ever. It takes `transcription`, and knows English. 10s at most. Null: not at all. Default: 1s.
    """

    @field_validator("patience")
    @classmethod
    def _bounded(cls, span: timedelta | None) -> timedelta | None:
        if span is not None and span > timedelta(seconds=LONGEST_PATIENCE_S):
            raise ValueError(
                f"write {LONGEST_PATIENCE_S}s at most: in a longer silence nobody seems to be there"
            )
        return span


class Digits(Section):
    """How the caller's keys are noticed."""

    inband: bool = False
    """Hear the tones of keys in the sound, too, for lines that bring them in no other way (RFC 4733 events
    and INFO always count). A key that comes in several ways counts once. Native mode. Default: false.
    """


class OnHold(Section):
    """What happens when the caller puts the call on hold."""

    speech: Literal["continue", "cut"] = "continue"
    """What the agent is saying then. `continue`: it waits, and goes on where it stopped when the caller is
    back. `cut`: it is over, and the model knows what was heard of it. Announcements and menus go on in any
    case. Default: continue.
    """


class DayLimits(Section):
    """What may come in a day, from midnight to midnight by the plan's `timezone`.

    A call counts in the plan in which it began and in the one that it has reached; one that was turned away
    does not count. Whoever calls when a limit is reached hears that nobody is to be had (480), or `notice`
    if a menu has answered; calls that are up then are ended after a whole sentence, with `notice`.
    """

    calls: int | None = Field(default=None, ge=1)
    """Calls that are let in. Those that are up go on. Default: no limit."""

    minutes: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Talked, of all calls together. Default: no limit."""

    cost_usd: Annotated[Decimal, Field(gt=0, allow_inf_nan=False), PlainSerializer(float)] | None = None
    """What the models cost, in US dollars, as far as prices are known. Default: no limit."""

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return any(limit is not None for limit in (self.calls, self.minutes, self.cost_usd))


class OnTool(Section):
    """What the caller hears while a function of the agent's takes its time."""

    filler_after: Duration = timedelta(milliseconds=1500)
    """Silence, from the call of the function or from the last that was heard, until `say` or `play`. Default:
    1500ms.
    """

    say: str | None = None
    """Text to speak then, once for each wait, see `language`. Variables are filled in. Default: nothing;
    `on_failure.hold` comes after some four seconds in any case.
    """

    play: SoundFile | None = None
    """WAV file to play instead of `say`. Default: none."""

    @model_validator(mode="after")
    def _one_at_most(self) -> OnTool:
        if self.say is not None and self.play is not None:
            raise ValueError("write either say: TEXT or play: FILE")
        return self


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
    """The call is ended when nobody has spoken for so long; an agent that only asks whether somebody is there
    does not count. Default: 60s.
    """

    still_there: str | None = "Are you still there?"
    """What the agent asks a caller who says nothing: once, ten seconds before `max_silence` ends the call, or
    halfway if that is less than 20s, and after `idle_timeout_ms` of turn detection. In exactly these words if
    they are written down, else in the language of the conversation. Null: before the end nobody is asked.
    Default: whether the caller is still there.
    """

    max_hold: Duration = timedelta(minutes=10)
    """The call is ended when the caller has put it on hold for so long; meanwhile `max_silence` does not
    count, `max_duration` does. Default: 10m.
    """

    no_media: Duration | None = timedelta(seconds=15)
    """The call is ended when nothing has come from the caller for so long, neither RTP nor RTCP: a phone that
    has vanished. Before its first packet it has twice as long; on hold it does not count, and
    for a phone that is only to listen not before its first RTCP. Null: never. Default: 15s.
    """

    max_echoes: int | None = Field(default=4, ge=1)
    """The call is ended when so many turns of the caller, more than others, were only the agent's own words
    coming back, as from an echo. Null: never. Default: 4.
    """

    max_cost_usd: Annotated[Decimal, Field(gt=0, allow_inf_nan=False), PlainSerializer(float)] | None = None
    """What the model may cost in one call, in US dollars, as far as prices are known. Default: no limit."""

    day: DayLimits = Field(default_factory=DayLimits)
    """All calls of this plan in a day. Default: no limits."""

    caller_day: DayLimits = Field(default_factory=DayLimits)
    """The calls of one number in this plan in a day; callers who withhold theirs are one. Default: no limits.
    """
    max_transfers: int = Field(default=3, ge=0, le=20)
    """How often a transfer may be tried in one call. Default: 3."""

    transfers_per_hour: int | None = Field(default=100, ge=1)
    """Transfers tried from this plan within an hour, by all of its calls. Null: no limit. Default: 100."""

    notice: str | None = "I am sorry, this call has reached its limit. Goodbye."
    """What the caller is told when `max_duration`, `max_cost_usd` or a limit of the day ends the call, after
    a whole sentence. Null: nothing. Default: a short goodbye.
    """

    @field_validator("max_duration", "max_silence", "max_hold")
    @classmethod
    def _some(cls, span: timedelta) -> timedelta:
        if span < timedelta(seconds=1):
            raise ValueError("write at least 1s")
        return span

    @field_validator("no_media")
    @classmethod
    def _reported(cls, span: timedelta | None) -> timedelta | None:
        if span is not None and span < timedelta(seconds=RTCP_S):
            raise ValueError(
                f"write at least {RTCP_S}s, for a muted phone only reports by RTCP; null for never"
            )
        return span
