"""The time between two sessions."""

from gateway.conversation.outage import HoldPrompts


def test_a_short_outage_is_not_heard() -> None:
    """Most losses are mended before anybody notices."""
    outage = HoldPrompts(after=1.0, every=6.0)
    outage.began(10.0)
    assert outage.hold(10.9) == ""
    outage.over()
    assert outage.hold(20.0) == ""


def test_a_long_one_is_filled_now_and_then() -> None:
    """Each time with an item of its own."""
    outage = HoldPrompts(after=1.0, every=6.0)
    outage.began(10.0)
    outage.began(10.5)
    assert [outage.hold(now) for now in (11.0, 12.0, 17.0)] == ["hold_1", "", "hold_2"]
