"""Where a call of ours is sent on to."""

from __future__ import annotations

from gateway.sip.redirections import MOST, Redirections


def test_it_goes_nowhere_by_itself() -> None:
    """A callee could send us anywhere."""
    assert not Redirections().take("sip:+1900@evil.example")


def test_it_goes_where_the_trunk_allows_and_not_for_ever() -> None:
    """Two who send us to each other are left."""
    mine = Redirections(lambda uri: uri.endswith("@here"))
    assert not mine.take("sip:a@there")
    assert [mine.take("sip:a@here") for _ in range(MOST + 1)] == [True] * MOST + [False]
