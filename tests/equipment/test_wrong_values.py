from __future__ import annotations

from gateway.dialplan.model import Plan
from tests.equipment.wrong_values import JARGON, keys, written


def test_keys_are_found_in_the_depth_and_written_as_they_stand() -> None:
    """Of sections, of kinds of one section, of entries of a mapping."""
    found = list(keys(Plan))
    for path in (
        ("numbers",),
        ("from", "allow"),
        ("agent", "turn_detection", "threshold"),
        ("menu", "options"),
    ):
        assert path in found
    assert written(("a", "b"), 5) == {"a": {"b": 5}}


def test_jargon_is_known() -> None:
    """And plain words are not."""
    assert JARGON.search("Input should be a valid integer")
    assert not JARGON.search("must be a whole number; put it in quotes")
