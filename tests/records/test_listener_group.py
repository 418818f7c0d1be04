"""Everybody who listens to a call."""

from structlog.testing import capture_logs

from gateway.call import Answer, Answered, Fact, Order
from gateway.records.listener_group import ListenerGroup


def test_a_listener_that_breaks_is_left_out() -> None:
    """It is logged once; the others hear everything, in order."""
    heard: list[tuple[Fact | Order, float]] = []

    def broken(_event: Fact | Order, _now: float) -> None:
        raise OSError("no space left on device")

    notify = ListenerGroup(broken, lambda event, now: heard.append((event, now)))
    with capture_logs() as lines:
        notify(Answer(), 1.0)
        notify(Answered(), 1.5)
    assert heard == [(Answer(), 1.0), (Answered(), 1.5)]
    assert [line["event"] for line in lines] == ["call.listener_broke"]
