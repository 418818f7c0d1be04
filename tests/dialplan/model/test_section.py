"""What all mappings of a plan file have in common."""

from __future__ import annotations

import pydantic
import pytest

from gateway.attribute_docs import described
from gateway.dialplan.model.section import Section


class Door(Section):
    """A mapping."""

    open: bool = True
    """Whether one can walk through."""


def test_an_unknown_key_is_refused() -> None:
    """It is a typo more often than not."""
    with pytest.raises(pydantic.ValidationError, match="opn"):
        Door.model_validate({"opn": False})


def test_what_is_loaded_does_not_change() -> None:
    """A running call keeps what it started with."""
    with pytest.raises(pydantic.ValidationError):
        Door().open = False  # type: ignore[misc]


def test_the_docstring_of_a_key_is_its_description() -> None:
    """It stands beside the key; who wants it reads it there."""
    assert described(Door, "open") == "Whether one can walk through."
