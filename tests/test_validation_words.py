"""A wrong value is told in plain words, whatever pydantic calls it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from gateway.validation_words import plain_words


class Every(BaseModel):
    """A key of each kind."""

    whole: Annotated[int, Field(ge=1, le=9)] = 1
    number: Annotated[float, Field(gt=0, lt=9, allow_inf_nan=False)] = 1.0
    money: Decimal = Decimal(1)
    flag: bool = True
    text: str = ""
    level: Annotated[str, Field(pattern="^(debug|info)$")] = "info"
    file: Path = Path()
    names: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    values: Annotated[dict[str, int], Field(min_length=1)] = {"a": 1}
    one: Literal["a", "b"] = "a"
    step: Annotated[int, Field(multiple_of=20)] = 20


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("whole", "x", "must be a whole number"),
        ("whole", 1.5, "must be a whole number, without a fraction"),
        ("whole", [], "must be a whole number"),
        ("whole", 0, "must be 1 or more"),
        ("whole", 10, "must be 9 or less"),
        ("number", "x", "must be a number"),
        ("number", 0, "must be more than 0"),
        ("number", 9, "must be less than 9"),
        ("number", "inf", "must be a number that is not infinite"),
        ("money", "$2", "must be a number alone, such as 2.00, without a sign of currency or a unit"),
        ("money", True, "must be a number, such as 2.00"),
        ("flag", "x", "must be true or false"),
        ("flag", 1.5, "must be true or false"),
        ("text", 5, "must be a text; put it in quotes"),
        ("level", "loud", "must be one of debug, info"),
        ("file", 5, "must be the name of a file, a text"),
        ("names", "a", "must be a list, such as [a, b]"),
        ("names", [], "must have at least 1 of them"),
        ("names", ["a", "b", "c"], "must have 2 of them at most"),
        ("values", {}, "must have at least 1 of them"),
        ("values", 5, "must be a mapping of keys"),
        ("one", "c", "must be 'a' or 'b'"),
        ("step", 30, "must be a multiple of 20"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(key: str, value: Any, told: str) -> None:
    """Without the names of Python's types and functions."""
    with pytest.raises(ValidationError) as raised:
        Every.model_validate({key: value})
    assert plain_words(raised.value.errors()[0]) == told
