"""Where Homer is."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from gateway.node.homer_settings import HepSettings, from_place


def test_a_place_alone_is_enough() -> None:
    """`off` is nowhere."""
    assert HepSettings.model_validate(from_place("homer:9060")) == HepSettings(to="homer:9060", node=2001)
    assert from_place("off") is None
    assert from_place(False) is None
    assert from_place(given := {"to": "h:1", "node": 7}) is given


@pytest.mark.parametrize(
    "wrong",
    [{"to": "homer"}, {"to": "homer:0"}, {"to": "h:1", "node": -1}, {"to": "h:1", "password": "clear"}],
)
def test_what_cannot_be(wrong: dict[str, object]) -> None:
    """No port, no number, a password in clear."""
    with pytest.raises(ValidationError):
        TypeAdapter(HepSettings).validate_python(wrong)
