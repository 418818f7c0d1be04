"""Who calls whom: values, and names short enough to be shown."""

from __future__ import annotations

import dataclasses

import pytest

from gateway.call import LONGEST_SHOWN, CallInfo, Party


def test_a_name_is_shown_in_part_and_known_whole() -> None:
    """A log or a model is told no more of a user part than a number or a sane name has."""
    party = Party("1" * 1000)
    assert party.shown == "1" * LONGEST_SHOWN
    assert len(party.user) == 1000


def test_what_is_known_of_a_call_cannot_be_changed() -> None:
    """It is the same for everybody from the first moment to the record of the call."""
    info = CallInfo("c1", "c1@y", Party("100"), Party("200"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        info.id = "c2"  # type: ignore[misc] # that is the point
