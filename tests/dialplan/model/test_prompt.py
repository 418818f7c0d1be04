"""What the gateway says itself."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from gateway.dialplan.model.prompt import SORRY, OnFailure, Prompt


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"say": "x", "play": "y.wav"},
    ],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any]) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError):
        Prompt.model_validate(keys)


def test_a_failed_call_is_apologised_for() -> None:
    """Unless the plan says something else, or nothing."""
    assert OnFailure().say == SORRY
    assert OnFailure(say=None).say is None
