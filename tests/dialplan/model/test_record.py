"""Whether calls of a plan are recorded."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.dialplan.model import Record


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"consent": "announce"}, "This call is recorded."),
        ({"consent": "key"}, "With your consent this call is recorded. To agree, press 1."),
        ({"consent": "key", "key": "*"}, "With your consent this call is recorded. To agree, press star."),
        ({"consent": "spoken"}, None),
        ({"consent": "spoken", "say": "Hello."}, "Hello."),
    ],
)
def test_what_is_said_for_it(written: dict[str, str], said: str | None) -> None:
    """In the plan's words, or in ours."""
    assert Record.model_validate(written).words == said


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"consent": "announce", "say": ""},
        {"consent": "key", "say": " "},
        {"consent": "key", "wait": "2m"},
    ],
)
def test_nobody_is_recorded_without_consent(written: dict[str, str]) -> None:
    """There is no default for it, who hears no words agrees to nothing, and nobody is kept waiting for it."""
    with pytest.raises(ValidationError):
        Record.model_validate(written)
