from __future__ import annotations

from typing import Any

import pytest

from gateway.local.session import schema
from gateway.local.session.schema import Check, Refused

COLOUR = schema.choice("red", "blue")
THING = schema.record({"name": schema.text, "size": schema.integer(1, 9), "colour": COLOUR}, "name")
SHAPE = schema.tagged({"circle": schema.record({"type": schema.text, "r": schema.decimal(0.0, 1.0)})})


@pytest.mark.parametrize(
    ("check", "value", "code", "message"),
    [
        (schema.text, 1, "invalid_type",
         "Invalid type for 'a': expected a string, but got an integer instead."),
        (schema.text, None, "invalid_type", "Invalid type for 'a': expected a string, but got null instead."),
        (schema.flag, "x", "invalid_type",
         "Invalid type for 'a': expected a boolean, but got a string instead."),
        (schema.mapping, [], "invalid_type",
         "Invalid type for 'a': expected an object, but got an array instead."),
        (schema.shorter(2), "abc", "string_above_max_length",
         "Invalid 'a': string too long. Expected a string with maximum length 2, "  # noqa: ISC004
         "but got a string with length 3 instead."),
        (schema.matching("^[a-z]+$"), "a b", "invalid_value",
         "Invalid 'a': string does not match pattern. "  # noqa: ISC004
         "Expected a string that matches the pattern '^[a-z]+$'."),
        (COLOUR, "green", "invalid_value", "Invalid value: 'green'. Supported values are: 'red', 'blue'."),
        (schema.integer(5), 4, "integer_below_min_value",
         "Invalid 'a': integer below minimum value. Expected a value >= 5, but got 4 instead."),
        (schema.integer(5, 6), 7, "integer_above_max_value",
         "Invalid 'a': integer above maximum value. Expected a value <= 6, but got 7 instead."),
        (schema.decimal(0.0, 1.0), 1.5, "decimal_above_max_value",
         "Invalid 'a': decimal above maximum value. Expected a value <= 1.0, but got 1.5 instead."),
        (schema.integer(0), True, "invalid_type",
         "Invalid type for 'a': expected an integer, but got a boolean instead."),
        (schema.integer(0), 1.5, "invalid_type",
         "Invalid type for 'a': expected an integer, but got a decimal instead."),
        (schema.array(schema.text), "x", "invalid_type",
         "Invalid type for 'a': expected an array, but got a string instead."),
        (schema.array(schema.text, 1), ["x", "y"], "array_above_max_length",
         "Invalid 'a': array too long. Expected at most 1, got 2."),
        (THING, {}, "missing_required_parameter", "Missing required parameter: 'a.name'."),
        (THING, {"name": "x", "nose": 1}, "unknown_parameter", "Unknown parameter: 'a.nose'."),
        (SHAPE, {}, "missing_required_parameter", "Missing required parameter: 'a.type'."),
        (SHAPE, {"type": "square"}, "invalid_value",
         "Invalid value: 'square'. Supported values are: 'circle'."),
        (schema.either((str, schema.text), (int, schema.integer(0))), [], "invalid_type",
         "Invalid type for 'a': expected a string or an integer, but got an array instead."),
    ],
)  # fmt: skip
def test_refusals(check: Check, value: Any, code: str, message: str) -> None:
    """Each mistake has the hosted service's code and words."""
    with pytest.raises(Refused) as caught:
        check(value, "a")
    assert (caught.value.code, caught.value.message) == (code, message)


def test_the_place_is_named() -> None:
    """The path leads through lists and records."""
    with pytest.raises(Refused) as caught:
        schema.record({"things": schema.array(THING)})({"things": [{"name": "x"}, {"name": 1}]}, "session")
    assert caught.value.param == "session.things[1].name"


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (THING, {"name": "x", "size": 9, "colour": "red"}),
        (THING, {"name": "x", "size": None}),
        (SHAPE, {"type": "circle", "r": 1}),
        (schema.either((str, COLOUR), (int, schema.integer(0))), 3),
        (schema.either((str, COLOUR), (int, schema.integer(0))), "red"),
        (schema.array(schema.anything), [1, None]),
        (schema.tagged({"circle": schema.anything}, default="circle"), {}),
    ],
)
def test_what_is_allowed(check: Check, value: Any) -> None:
    """Right values pass; null stands for a field that is not given."""
    check(value, "a")
