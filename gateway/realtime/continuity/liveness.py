"""Whether a session that owes no answer still listens.

One that takes everything, answers pings and says nothing for good is like one whose caller is silent: nothing
is due, so nothing is overdue. When nothing has come from it for a while, although the caller has said
something, it is asked something harmless. A provider logs that question as an error: a call in which nobody
waits for anything asks none.

Not every server answers it that should. Where none of a call's sessions has, one that is silent is given up;
the next is not asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from gateway.call import Tick
from gateway.realtime.continuity.vocabulary import FrameReceived, ReplaceSession, SessionBegan


@dataclass(frozen=True, slots=True)
class LivenessPolicy:
    """How long a session may be silent. Times in seconds.

    Together, with the time to connect, they are to be less than the caller's audio that is kept for the next
    session (`unanswered_audio`): what he said to one that was deaf is heard by the next.
    """

    silence: float = 3.0
    """Without a frame, until it is asked, if the caller waits for something."""
    look: float = 1.0
    """Until the next look whether he does."""
    answer: float = 3.0
    """From the question to any frame: a lost packet has been repeated four times by then."""


# --- facts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """It has answered a question."""


@dataclass(frozen=True, slots=True)
class NothingDue:
    """The question was not asked: the caller has said nothing that it could answer, or is not done yet."""


@dataclass(frozen=True, slots=True)
class Left:
    """It is no more on the line."""


Fact = SessionBegan | QuestionAnswered | NothingDue | FrameReceived | Left | Tick

# --- orders ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the session something that it can only refuse, if the caller waits for something of it."""


Order = Ask | ReplaceSession


class Liveness:
    """The machine."""

    def __init__(self, policy: LivenessPolicy) -> None:
        self._policy = policy
        self._since = 0.0  # the last sign, or the question
        self._watched = False  # there is a session on the line that can be asked
        self._asked = False  # since the last sign
        self._answered = False  # some session of this call has answered a question
        self._in_vain = False  # one was given up that had not

    @property
    def wake_at(self) -> float:
        """Return the time at which a tick is wanted; inf: none is."""
        if not self._watched or (self._in_vain and not self._answered):
            return inf
        return self._since + (self._policy.answer if self._asked else self._policy.silence)

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact."""
        match fact:
            case SessionBegan():
                self._since, self._watched, self._asked = now, fact.can_be_asked, False
            case QuestionAnswered():
                self._since, self._answered, self._asked = now, True, False
            case NothingDue():
                self._since, self._asked = now - self._policy.silence + self._policy.look, False
            case FrameReceived():
                if fact.at > self._since:
                    self._since, self._asked = fact.at, False
            case Left():
                self._watched = False
            case Tick():
                return self._tick(now)
        return []

    def _tick(self, now: float) -> list[Order]:
        if now < self.wake_at:
            return []
        if self._asked:
            self._watched, self._in_vain = False, not self._answered
            return [ReplaceSession("no_sign_of_life")]
        self._since, self._asked = now, True
        return [Ask()]
