"""How a call comes to its end: who decided on it, what may still be heard, and which order ends it."""

from __future__ import annotations

from enum import Enum
from math import inf

from gateway.call import Ending, GiveUp, HangUp, Leave, LegStatus, Order, Reason, Result
from gateway.conversation.policy import Policy
from gateway.conversation.timers import GracefulHangup


class Phase(Enum):
    """What the call is about to do; whether it rings, is answered or held, its leg says."""

    TALKING = "talking"
    CLOSING = "closing"
    """The agent may finish what it is saying; then the call ends."""
    OVER = "over"


class EndOfCall:
    """One call's. Times in seconds."""

    def __init__(self, policy: Policy, leg: LegStatus) -> None:
        self.phase = Phase.TALKING
        self.ending: Ending | None = None
        """How it ends, once that was ordered or has happened."""
        self._leg = leg
        self._moves_on = False
        self._limit: Ending | None = None  # why the call is being ended over the agent's head
        self._most_echoes = policy.max_echoes
        self._closing = GracefulHangup(policy.last_words, policy.after_last_word)

    @property
    def limit(self) -> Reason | None:
        """The limit for which it is about to end."""
        return None if self._limit is None else self._limit.reason

    def agent_hangs_up(self, now: float, *, moves_on: bool = False) -> None:
        """The agent wants to, when its last word was heard; or the call goes on in another plan then.

        Also while it rings: the caller's ACK may come after a quick agent's goodbye.
        """
        if self.phase is Phase.TALKING:
            self.phase = Phase.CLOSING
            self._moves_on = moves_on
            self._closing.began(now)

    def limit_reached(self, reason: Reason, now: float) -> None:
        """Let the agent finish its sentence; the caller is then told by somebody else why the call ends."""
        if self.phase is Phase.TALKING:
            self._limit = Ending(Result.COMPLETED, reason)
            self.phase = Phase.CLOSING
            self._closing.began(now)

    @property
    def wake_at(self) -> float:
        """Return before when nothing is due."""
        return inf if self.phase is Phase.TALKING else self._closing.wake_at

    def due(self, now: float, *, busy: bool) -> list[Order]:
        """Return what ends the call once the last word was heard, or when its time is over."""
        if not self._closing.due(now, busy=busy):
            return []
        if self._limit is not None and self.ending is None:
            return self._give_up(self._limit)
        return self._part()

    def session_lost(self) -> list[Order]:
        """Leave the caller to an apology; one who hangs up on the last word has heard enough."""
        if self.ending is not None:
            return []
        if self.phase is Phase.CLOSING and self._limit is None:
            return self._part()
        if self._leg.answered_at is not None:
            return self._give_up(self._limit or Ending(Result.FAILED, Reason.SESSION_LOST))
        return self._give_up(Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503))

    def hang_up(self, result: Result, reason: Reason) -> list[Order]:
        """Order the end once; the leg confirms it with `LegEnded`."""
        if self.ending is not None:
            return []
        self.ending = Ending(result, reason)
        return [HangUp(self.ending)]

    def echoed(self, times: int) -> list[Order]:
        """The agent has so often been answered by its own words."""
        most = self._most_echoes
        return [] if most is None or times < most else self.hang_up(Result.COMPLETED, Reason.ECHO)

    def leg_ended(self, ending: Ending) -> None:
        """The caller's side is over."""
        self.phase = Phase.OVER
        self.ending = ending

    def _part(self) -> list[Order]:
        """Do as the agent wanted: hang up, or leave the leg to another plan."""
        if not self._moves_on:
            return self.hang_up(Result.COMPLETED, Reason.AGENT_HUNG_UP)
        self.phase = Phase.OVER
        return [Leave()]

    def _give_up(self, ending: Ending) -> list[Order]:
        """Leave the leg to whoever tells the caller why."""
        self.ending = ending
        self.phase = Phase.OVER
        return [GiveUp(ending)]
