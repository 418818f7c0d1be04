"""When an answer is overdue: nothing comes, and no error says why.

It is asked for once more; if nothing comes then either, the session is given up for a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Alertness:
    """When silence is too long. Times in seconds."""

    answer: float = 4.0
    """From the end of the caller's turn, or from our request, to `response.created`."""
    first_output: float = 12.0
    """From `response.created` to anything more: a model that reasons may take its time."""
    stall: float = 6.0
    """Between two frames of a response: it is made faster than it is spoken."""


# --- facts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """An answer is due: the caller's turn is over, or one was asked for."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The caller speaks: what was expected is not expected any more."""


@dataclass(frozen=True, slots=True)
class Started:
    """A response began."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something came from the server at this time."""

    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The response is over, or the session."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Fact = Expected | Interrupted | Started | Sign | Ended | Tick

# --- orders ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Ask for the answer again."""


@dataclass(frozen=True, slots=True)
class Renew:
    """Leave this session."""

    code: str


Order = AskAgain | Renew


class State(Enum):
    """What is waited for."""

    NOTHING = "nothing"
    ANSWER = "answer"
    OUTPUT = "output"
    MORE = "more"


class Watchdog:
    """The machine."""

    def __init__(self, alertness: Alertness) -> None:
        self.state = State.NOTHING
        self._limits = {
            State.ANSWER: alertness.answer,
            State.OUTPUT: alertness.first_output,
            State.MORE: alertness.stall,
        }
        self._since = 0.0
        self._asked_again = False

    @property
    def wake_at(self) -> float | None:
        """Give the time at which a tick is wanted."""
        return None if self.state is State.NOTHING else self._since + self._limits[self.state]

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact."""
        match fact:
            case Expected():
                if self.state is State.NOTHING:
                    self._wait(State.ANSWER, now)
            case Interrupted():
                if self.state is State.ANSWER:
                    self._rest()
            case Started():
                self._wait(State.OUTPUT, now)
            case Sign():
                self._sign(fact.at)
            case Ended():
                self._rest()
            case Tick():
                return self._tick(now)
        return []

    def _sign(self, at: float) -> None:
        """Only a response in the making is kept alive by frames: others are no answer."""
        if self.state in (State.OUTPUT, State.MORE) and at > self._since:
            self.state, self._since = State.MORE, at

    def _tick(self, now: float) -> list[Order]:
        if self.wake_at is None or now < self.wake_at:
            return []
        overdue = self.state
        if overdue is State.ANSWER and not self._asked_again:
            self._asked_again = True
            self._since = now
            return [AskAgain()]
        self._rest()
        return [Renew("no_answer" if overdue is State.ANSWER else "stalled")]

    def _wait(self, state: State, now: float) -> None:
        self.state, self._since = state, now

    def _rest(self) -> None:
        self.state, self._asked_again = State.NOTHING, False
