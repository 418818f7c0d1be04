"""The end that the agent decided on."""

from __future__ import annotations

from gateway.conversation.closing import GracefulHangup


def test_nothing_is_over_before_it_began() -> None:
    """However quiet it is."""
    closing = GracefulHangup(last_words=5, after_last_word=0.25)
    assert not closing.over(100.0, busy=False)


def test_it_is_over_a_moment_after_the_last_word() -> None:
    """A new word starts the moment anew."""
    closing = GracefulHangup(last_words=5, after_last_word=0.25)
    closing.begin(0.0)
    told = [closing.over(at, busy=busy) for at, busy in [(0, True), (1, False), (1.2, True), (2, False)]]
    assert told == [False] * 4
    assert closing.over(2.25, busy=False)


def test_it_is_over_when_its_time_is() -> None:
    """Whatever is still being said."""
    closing = GracefulHangup(last_words=5, after_last_word=0.25)
    closing.begin(10.0)
    assert not closing.over(14.9, busy=True)
    assert closing.over(15.0, busy=True)
