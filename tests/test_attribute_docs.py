"""What is said of attributes is found behind them."""

from __future__ import annotations

from pydantic import BaseModel

from gateway.attribute_docs import described
from gateway.node.settings import Settings


class Outer(BaseModel):
    """Has one within itself."""

    first: int = 0
    """Said of the first,
    in two lines.
    """

    second: int = 0

    class Inner(BaseModel):
        """The one within."""

        first: int = 0
        """Said of another."""


class Heir(Outer):
    """Has what another has."""

    third: int = 0
    """Said of the third."""


def test_what_stands_behind_an_attribute_is_said_of_it() -> None:
    """In the class, or where it has it from; of some nothing is said."""
    assert described(Outer, "first") == "Said of the first,\nin two lines."
    assert described(Outer, "second") == ""
    assert described(Outer.Inner, "first") == "Said of another."
    assert [described(Heir, name) for name in ("first", "third", "fourth")] == [
        "Said of the first,\nin two lines.",
        "Said of the third.",
        "",
    ]


def test_of_each_setting_something_is_said() -> None:
    """Whatever class it is in."""
    assert [name for name in Settings.model_fields if not described(Settings, name)] == []
