"""What happened in a rehearsed call, as the caller knows it, and as the gateway does. Values."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.ear.measurement import EarReport
from gateway.phone.recording import Recording
from gateway.rehearsal.deeds import Deeds


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of speech. `at` and `until` in seconds of the call's audio; `text` None: not understood."""

    who: str
    """`caller` or `agent`."""
    at: float
    until: float
    text: str | None


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step, from when its words began (or it was its turn) and ended, in seconds of the call's audio."""

    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Performance:
    """One rehearsed call."""

    answered: bool
    status: int
    """200, or the SIP status that refused the call."""
    hung_up_first: str
    """Who ended it, as the phone saw it: `caller`, or `far end`."""
    steps: tuple[StepDone, ...]
    """Those that were come to, in order."""
    spoken: tuple[Spoken, ...]
    """All that was said by both, in order of its beginning."""
    seconds: float
    deeds: Deeds | None = None
    """What the gateway did in it; None of a gateway that was only rung."""
    ear: EarReport | None = None
    """What the recording sounds like; None of a call that was not answered."""
    recording: Recording | None = field(default=None, repr=False)
    """Both sides, to be kept of a call that failed."""

    def heard(self, since: float, until: float) -> tuple[Spoken, ...]:
        """Return what the agent said that ended after `since` and began before `until`."""
        return tuple(
            one for one in self.spoken if one.who == "agent" and one.until > since and one.at < until
        )
