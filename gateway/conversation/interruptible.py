"""What there is of the agent that a caller may interrupt, and from when on. Pure."""

from __future__ import annotations

from gateway.call import Flush, Order
from gateway.conversation.answer_policy import AnswerPolicy
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Policy
from gateway.conversation.responses import Responses
from gateway.conversation.turn_detector import TurnContext

NEARLY_OVER = 0.5
"""Seconds that the agent has yet to say: what is said into its last word is no backchannel."""


class Interruptible:
    """One call's agent. Times in seconds."""

    def __init__(
        self, policy: Policy, on_air: PlaybackTracker, responses: Responses, opening: AnswerPolicy
    ) -> None:
        self._policy = policy
        self._on_air = on_air
        self._responses = responses
        self._opening = opening

    @property
    def audible(self) -> bool:
        """True while something is heard of it that was not silenced."""
        return bool(self._on_air) and not self._on_air.responses <= self._responses.silenced

    def too_early(self, now: float) -> bool:
        """Return whether it has begun a moment ago, and the plan ignores who speaks then."""
        return bool(self._on_air) and (now - self._on_air.began) * 1000 < self._policy.ignore_first_ms

    def in_the_end(self, now: float, since: float) -> bool:
        """Return whether that time is over for who began to speak inside of it, at `since`."""
        window_held = since < self._on_air.began + self._policy.ignore_first_ms / 1000
        return self._policy.barge_in and bool(self._on_air) and window_held and not self.too_early(now)

    def has_more_to_say(self, now: float, *, paused: bool) -> bool:
        """Return whether something would be lost that it still has to say. `paused`: it waits with that."""
        return self.audible and (paused or self._on_air.left(now) >= NEARLY_OVER)

    def silence(self, *, unasked: bool, kept: str | None) -> list[Order]:
        """Flush always: seconds of audio may be queued long after the response was done.

        `unasked`: the session has not noticed the caller, and does not stop its response by itself; `kept`:
        the response that answers what the caller says now.
        """
        # A session that interrupts by itself has stopped already, unless it does not know of the caller.
        stop = unasked or not self._policy.session_interrupts
        cancelled = self._responses.silence(self._on_air.responses, stop=stop, kept=kept)
        self._on_air.flush()
        return [Flush(), *cancelled]

    def context(self, now: float, *, known: bool) -> TurnContext:
        """Return what the local detector has to know. `known`: the session has noticed the caller."""
        return TurnContext(self.audible, self._opening.interruptible, self.too_early(now), known=known)
