"""Sounds kept in memory."""

from __future__ import annotations

from gateway.audio_cache import AudioCache


def test_a_sound_is_there_the_next_time() -> None:
    """Another one under the same key takes its place."""
    kept = AudioCache(100)
    assert kept.get("a") is None
    kept.put("a", b"one")
    kept.put("a", b"two")
    assert kept.get("a") == b"two"
    assert "a" in kept


def test_the_one_not_used_for_longest_goes_first() -> None:
    """As many as are needed to make room."""
    kept = AudioCache(30)
    for key in ("a", "b", "c"):
        kept.put(key, bytes(10))
    kept.get("a")
    kept.put("d", bytes(20))
    assert [key in kept for key in "abcd"] == [True, False, False, True]


def test_what_was_replaced_takes_no_room() -> None:
    """However often a file changes."""
    kept = AudioCache(20)
    kept.put("b", bytes(10))
    for _ in range(5):
        kept.put("a", bytes(10))
    assert "b" in kept


def test_what_is_too_large_by_itself_is_not_kept() -> None:
    """Nothing stays in excess of the bound."""
    kept = AudioCache(10)
    kept.put("a", bytes(11))
    assert "a" not in kept
    kept.put("b", bytes(10))
    assert "b" in kept
