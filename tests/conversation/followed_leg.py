"""A conversation's leg in a playbook: it follows facts and orders, as a real one does, and has no line."""

from __future__ import annotations

from gateway.call import Answer, Fact, LegFact, LegOrder, LegState, NotePlayback, Order, state_after
from gateway.conversation.machine import Conversation
from gateway.conversation.policy import Policy


class FollowedLeg:
    """Keeps the contract of `gateway.call.LegStatus`."""

    def __init__(self, answered_at: float | None = None) -> None:
        self.state = LegState.RINGING if answered_at is None else LegState.ANSWERED
        self.answered_at = answered_at

    def follow(self, event: Fact | Order, now: float) -> None:
        """Take in a fact or an order, at `now` seconds."""
        if isinstance(event, LegFact | LegOrder):
            self.state = state_after(self.state, event)
        if isinstance(event, Answer) and self.answered_at is None:
            self.answered_at = now


class PlayedCall:
    """A conversation with such a leg, for a `Playbook`; `answered_at`: by a menu before the agent.

    A play is about what caller and model notice; what the session is told of the playback is in `noted`.
    """

    def __init__(self, policy: Policy, now: float = 0.0, *, answered_at: float | None = None) -> None:
        self.leg = FollowedLeg(answered_at)
        self.conversation = Conversation(policy, self.leg, now)
        self.noted: list[bool] = []

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact."""
        self.leg.follow(fact, now)
        orders = self.conversation.step(fact, now)
        for order in orders:
            self.leg.follow(order, now)
        self.noted += [order.playing for order in orders if isinstance(order, NotePlayback)]
        return [order for order in orders if not isinstance(order, NotePlayback)]
