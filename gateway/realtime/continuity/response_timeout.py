"""When an answer is overdue: nothing comes, and no error says why.

A server that has said nothing since the question is soon asked for a sign of life; most have begun an answer
by then. If it gives none, the session is given up for a new one; if it lives and does not answer, it is asked
once more, and given up if nothing comes then either.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import inf

from gateway.call import Tick
from gateway.realtime.continuity.vocabulary import AskAgain, FrameReceived, ReplaceSession


@dataclass(frozen=True, slots=True)
class ResponseTimeouts:
    """When silence is too long. Times in seconds."""

    answer: float = 4.0
    """From the end of the caller's turn, or from our request, to `response.created`."""
    excuse: float = 4.0
    """From `response.created`, with nothing more of the response, to a word to the caller."""
    first_output: float = 12.0
    """From `response.created` to anything more of it: a model that reasons may take its time. Responses in a
    row that the caller spoke over before anything of them came have it together."""
    stall: float = 6.0
    """Between two frames of a response: it is made faster than it is spoken."""
    doubt: float = 0.6
    """From the question, with nothing said since, until a sign of life is asked for."""
    pulse: float = 3.0
    """From the question to any sign of life: a packet that asks for one has been lost three times by then."""
    again: float = 2.0
    """From asking once more to `response.created`: most servers tell that before they begin to think. For one
    that was given up in vain, or answered at last, it is `answer` once more."""


# --- facts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """An answer is due: the caller's turn is over, or one was asked for."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The caller speaks: what was expected is not expected any more."""

    stops: bool = False
    """The server stops its response, of which something has come, for that, whether or not it says so."""


@dataclass(frozen=True, slots=True)
class Started:
    """A response began."""


@dataclass(frozen=True, slots=True)
class Output:
    """Something of a response came at this time."""

    at: float


@dataclass(frozen=True, slots=True)
class Pong:
    """The server has answered a probe."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The response is over, or the session."""

    fruitless: bool = False
    """It was broken off before anything of it came."""


Fact = Expected | Interrupted | Started | FrameReceived | Output | Pong | Ended | Tick

# --- orders ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask the server for a sign of life."""


@dataclass(frozen=True, slots=True)
class ReportOverdue:
    """Let the call know that the answer takes its time, so that the caller is told.

    `asked_again`: none has begun; else one has, and nothing of it comes.
    """

    asked_again: bool


Order = Probe | AskAgain | ReportOverdue | ReplaceSession

NO_RESPONSE = ReportOverdue(asked_again=True)
NOTHING_OF_IT = ReportOverdue(asked_again=False)


class State(Enum):
    """What is waited for."""

    NOTHING = "nothing"
    ANSWER = "answer"
    OUTPUT = "output"
    MORE = "more"


class ResponseTimeout:
    """The machine."""

    def __init__(self, timeouts: ResponseTimeouts) -> None:
        self.state = State.NOTHING
        self._timeouts = timeouts
        self._since = 0.0
        self._alive = False  # the server has given a sign of life since then
        self._probed = False  # it was asked for one
        self._asked_again = False
        self._slow = False  # the last answer took longer than it should, or did not come
        self._excused = False  # the caller knows that this one does
        self._waited = 0.0  # in seconds, for the responses before this one that gave nothing

    @property
    def wake_at(self) -> float:
        """Return the time at which a tick is wanted; inf: none is."""
        if self.state is State.NOTHING:
            return inf
        limit = self._limit()
        if self._doubtful:
            limit = min(limit, self._timeouts.doubt)
        if self.state is State.OUTPUT and not self._excused:
            limit = min(limit, self._timeouts.excuse)
        return self._since + limit

    @property
    def _doubtful(self) -> bool:
        """An answer is due of a server that gave no sign of life and was not asked for one."""
        return self.state is State.ANSWER and not self._alive and not self._probed

    def _limit(self) -> float:
        timeouts = self._timeouts
        if self.state is State.OUTPUT:
            return max(0.0, timeouts.first_output - self._waited)
        if self.state is State.MORE:
            return timeouts.stall
        answer = timeouts.again if self._asked_again and not self._slow else timeouts.answer
        return answer if self._alive else min(answer, timeouts.pulse)

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact."""
        match fact:
            case Expected():
                self._expected(now)
            case Interrupted():
                if self.state is State.ANSWER or fact.stops:
                    self._rest()
            case Started():
                self._started(now)
            case FrameReceived():
                self._alive = self._alive or fact.at > self._since
            case Pong():
                self._alive = True
            case Output():
                self._output(fact.at)
            case Ended():
                self._ended(now, fruitless=fact.fruitless)
            case Tick():
                return self._tick(now)
        return []

    def _expected(self, now: float) -> None:
        if self.state is State.NOTHING:
            self._wait(State.ANSWER, now)

    def _started(self, now: float) -> None:
        if self.state is State.ANSWER:
            self._slow = self._asked_again
        self._wait(State.OUTPUT, now)

    def _output(self, at: float) -> None:
        """Only its own frames keep a response alive: a caller who speaks meanwhile makes others come."""
        if at > self._since and self.state in (State.OUTPUT, State.MORE):
            self.state, self._since = State.MORE, at

    def _ended(self, now: float, *, fruitless: bool) -> None:
        """A caller who speaks because nothing comes does not give the model its whole time again."""
        waited = fruitless and self.state is State.OUTPUT
        self._waited = self._waited + now - self._since if waited else 0.0
        self._rest()

    def _tick(self, now: float) -> list[Order]:
        if now < self.wake_at:
            return []
        if self._doubtful:
            self._probed = True
            return [Probe()]
        if self.state is State.OUTPUT and now < self._since + self._limit():
            self._excused = True
            return [NOTHING_OF_IT]
        overdue, alive = self.state, self._alive
        if overdue is State.ANSWER and alive and not self._asked_again:
            self._wait(State.ANSWER, now)
            self._asked_again = self._probed = True
            return [NO_RESPONSE, AskAgain(), Probe()]
        self._rest()
        self._waited = 0.0
        if overdue is not State.ANSWER:
            return [ReplaceSession("stalled")]
        self._slow = self._slow or alive
        return [ReplaceSession("no_answer" if alive else "no_sign_of_life")]

    def _wait(self, state: State, now: float) -> None:
        self.state, self._since = state, now
        self._alive = self._probed = self._excused = False

    def _rest(self) -> None:
        self.state, self._asked_again = State.NOTHING, False
