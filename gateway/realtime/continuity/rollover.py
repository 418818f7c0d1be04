"""When a session that will expire is replaced: before it does, in a quiet moment, by one opened beforehand.

The service ends a session after an hour or less, whatever is being said; there is no way to prolong it. The
successor is opened well ahead, given the history and the line in one step when nobody speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from gateway.call import Tick
from gateway.realtime.continuity.vocabulary import SessionBegan


@dataclass(frozen=True, slots=True)
class RolloverPolicy:
    """When a session is replaced. Times in seconds."""

    ahead: float = 300.0
    """The successor is opened so long before the end."""
    share: float = 0.25
    """Or in this last part of the session's life, if that is shorter."""
    quiet: float = 1.0
    """So long nobody must have spoken, nor been heard, before the line is handed over."""
    hurry: float = 15.0
    """So long before the end (or in the last sixth of a short life) it is handed over as soon as nobody
    speaks to it and nothing is in the making: what the caller still hears has all come by then."""
    last: float = 5.0
    """So long before the end (or in the last sixtieth of a short life) it is handed over in any case. What is
    cut off then is gone on with, also an answer of which nothing but the end was to come."""
    retry: float = 5.0
    """Between attempts at a successor."""


# --- facts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Busy:
    """The caller speaks, or an answer is being made."""


@dataclass(frozen=True, slots=True)
class Idle:
    """The caller does not speak, and no answer is being made; the last one may still be heard."""


@dataclass(frozen=True, slots=True)
class Playback:
    """The caller hears the agent from now on, or no more: an answer is sent faster than it is spoken."""

    playing: bool


@dataclass(frozen=True, slots=True)
class SuccessorReady:
    """The successor is configured."""


@dataclass(frozen=True, slots=True)
class SuccessorLost:
    """The successor, or the attempt at one, is lost."""


@dataclass(frozen=True, slots=True)
class SessionGone:
    """The session was lost: there is nothing to be replaced."""


Fact = SessionBegan | Busy | Idle | Playback | SuccessorReady | SuccessorLost | SessionGone | Tick

# --- orders ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenSuccessor:
    """Open a second session beside the first."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give history and line to the successor, and close the first session."""


Order = OpenSuccessor | HandOver


class Rollover:
    """Decides when a session is replaced. Times in seconds of any one clock."""

    def __init__(self, policy: RolloverPolicy) -> None:
        self._policy = policy
        self._open_at = inf
        self._hurry_at = self._last_at = 0.0
        self._idle = self._playing = False
        self._quiet_since = 0.0  # once idle, and nothing is heard any more
        self._ready = False

    @property
    def wake_at(self) -> float:
        """Return the time at which a tick is wanted; inf: none is."""
        if not self._ready:
            return self._open_at
        if not self._idle:
            return self._last_at
        if self._playing:
            return self._hurry_at
        return min(self._hurry_at, self._quiet_since + self._policy.quiet)

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact."""
        match fact:
            case SessionBegan():
                self._began(fact.life, now)
            case Busy():
                self._idle = False
            case Idle():
                self._idle, self._quiet_since = True, now
            case Playback():
                self._playing, self._quiet_since = fact.playing, now
            case SuccessorReady():
                self._ready = True
                return self._tick(now)
            case SuccessorLost():
                self._ready, self._open_at = False, now + self._policy.retry
            case SessionGone():
                self._ready, self._open_at = False, inf
            case Tick():
                return self._tick(now)
        return []

    def _began(self, life: float | None, now: float) -> None:
        self._ready, self._open_at = False, inf
        if life is None or life <= 0:
            return
        policy = self._policy
        self._open_at = now + life - min(policy.ahead, life * policy.share)
        self._hurry_at = now + life - min(policy.hurry, life / 6)
        self._last_at = now + life - min(policy.last, life / 60)

    def _tick(self, now: float) -> list[Order]:
        if now < self.wake_at:
            return []
        if self._ready:
            self._ready = False
            return [HandOver()]
        self._open_at = inf
        return [OpenSuccessor()]
