"""Keys for pages: how long, and how often, they are good."""

from __future__ import annotations

from gateway.webrtc.ephemeral_keys import MOST, EphemeralKey, EphemeralKeys


def test_a_key_is_good_once_and_for_a_while() -> None:
    """Given back, it is good again, until it expires."""
    now = [1000.0]
    keys = EphemeralKeys(lambda: now[0])
    key, expires_at = keys.issue({"model": "100"}, 600, "shop")
    assert (key[:3], expires_at) == ("ek_", 1600)
    known = EphemeralKey({"model": "100"}, 1600, "shop")
    assert (keys.find(key), keys.take(key), keys.take(key)) == (known, known, None)
    keys.give_back(key, known)
    assert keys.find(key) == known
    now[0] = 1600
    assert (keys.find(key), keys.take(key), keys.find("ek_none")) == (None, None, None)


def test_the_oldest_go_when_there_are_too_many() -> None:
    keys = EphemeralKeys()
    first, _ = keys.issue({}, 7200)
    second, _ = keys.issue({}, 7200)
    for _ in range(MOST - 1):
        keys.issue({}, 7200)
    assert keys.find(first) is None
    assert keys.find(second) is not None
