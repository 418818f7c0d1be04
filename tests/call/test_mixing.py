"""Joins, music and muting as values."""

from __future__ import annotations

from gateway.call import AgentRole, Join, MixOrder, Mute, PlayMusic, Separate


def test_whoever_joins_two_legs_leaves_the_agent_out_unless_he_says_so() -> None:
    """What two people say to each other is nobody's business."""
    assert Join("c2") == Join("c2", AgentRole.OUT)


def test_all_of_them_are_orders_to_a_leg() -> None:
    """Told apart from those that go to the far side."""
    orders = (Join("c2"), Separate(), Mute(on=True), PlayMusic(b""))
    assert all(isinstance(order, MixOrder) for order in orders)
