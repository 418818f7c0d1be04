from __future__ import annotations

from gateway.realtime.providers import LOCAL, OPENAI
from gateway.realtime.shared import Shared


def test_the_limits_of_an_account_are_kept_by_provider() -> None:
    """The same ones each time, and of each provider its own."""
    shared = Shared()
    assert shared.limits_of(OPENAI) is shared.limits_of(OPENAI)
    assert shared.limits_of(OPENAI) is not shared.limits_of(LOCAL)


def test_there_are_no_links_where_nobody_makes_them() -> None:
    """All audio goes through Python then."""
    assert Shared().link(0) is None
