from __future__ import annotations

from gateway.realtime.events.server import RateLimit
from gateway.realtime.limits import AFTER_REFUSAL, REFUSED, RateLimits


def test_plenty_is_no_reason_to_wait() -> None:
    """Nothing told, and enough left."""
    limits = RateLimits()
    assert limits.wait(0.0) == 0
    limits.told([RateLimit(name="tokens", limit=1000, remaining=500, reset_seconds=30)], 0.0)
    assert limits.wait(0.0) == 0


def test_scarcity_lasts_until_the_reset() -> None:
    """The scarcest decides; a newer word counts more than an older one."""
    limits = RateLimits()
    tokens = RateLimit(name="tokens", limit=1000, remaining=10, reset_seconds=30)
    limits.told([tokens, RateLimit(name="requests", limit=100, remaining=1, reset_seconds=5)], 100.0)
    assert limits.wait(110.0) == 20
    assert limits.wait(130.0) == 0
    limits.told([tokens.model_copy(update={"remaining": 900})], 111.0)
    assert limits.wait(111.0) == 0


def test_a_limit_of_nothing_is_none() -> None:
    """Some servers send zeros."""
    limits = RateLimits()
    limits.told([RateLimit(name="tokens", limit=0, remaining=0, reset_seconds=30)], 0.0)
    assert limits.wait(0.0) == 0


def test_a_refusal_speaks_for_a_while() -> None:
    """429 at connect: the next call would get the same."""
    limits = RateLimits()
    limits.refused(10.0)
    assert limits.wait(10.0) == AFTER_REFUSAL
    assert limits.wait(13.0) == 0


def test_what_is_new_is_told_once() -> None:
    """To other processes of the same account: what has become scarce, and what is so no longer."""
    limits = RateLimits()
    tokens = RateLimit(name="tokens", limit=1000, remaining=500, reset_seconds=30)
    limits.told([tokens], 0.0)
    assert limits.news(0.0) == {}
    limits.told([tokens.model_copy(update={"remaining": 10})], 100.0)
    assert limits.news(110.0) == {"tokens": 20.0}
    assert limits.news(111.0) == {}
    limits.told([tokens], 112.0)
    limits.refused(112.0)
    assert limits.news(112.0) == {"tokens": 0.0, REFUSED: AFTER_REFUSAL}


def test_what_others_were_told() -> None:
    """It counts as long as they say."""
    limits = RateLimits()
    limits.told_elsewhere(20.0, 100.0)
    assert limits.wait(105.0) == 15
    assert limits.news(105.0) == {}, "it is no news to them"
    limits.told_elsewhere(0.0, 106.0)
    assert limits.wait(106.0) == 0
