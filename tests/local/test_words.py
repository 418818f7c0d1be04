from __future__ import annotations

from gateway.local.words import NO_FAULTS, Clip, Faults


def test_length_of_a_clip() -> None:
    """Two bytes a sample, at its own rate."""
    assert Clip(bytes(48_000)).ms == 1000
    assert Clip(bytes(1600), 8000).ms == 100


def test_no_faults() -> None:
    """By default nothing goes wrong."""
    assert Faults(None, 1006, None, ()) == NO_FAULTS
