"""A function's arguments: described, checked, handed over."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from gateway.tools.signature import BadFunction, describe, given, schema_of, takes_call

if TYPE_CHECKING:
    from nowhere import Nothing  # type: ignore[import-not-found] # what a checker alone knows


class Address(BaseModel):
    """Where somebody lives."""

    street: str


@dataclass
class Point:
    """A place."""

    x: float
    y: float


def order(  # noqa: D417 - as people write them
    item: Literal["tea", "coffee"],
    to: Address,
    at: Point,
    count: Annotated[int, "how many cups", Field(ge=1)] = 1,
    note: Annotated[str | None, Field(description="anything else")] = None,
    call: Nothing = None,
    *,
    schema: str = "",
    copy: bool = False,
    _hidden: int = 0,
    model_config: str = "",
) -> str:
    """Order something.

    Args:
        item: what it is
        count: this is overruled
        call: the call

    """
    return f"{count} {item} {to.street} {at.x} {note} {schema} {copy} {_hidden} {model_config}"


ALL = '{"item": "tea", "to": {"street": "Main"}, "at": {"x": 1, "y": 2}, "count": "3", "_hidden": 4}'


def test_types_defaults_and_words_are_told() -> None:
    """Hints come before the docstring, and what is none of the model's business is left out."""
    told, arguments = describe(order, "order")
    assert told == "Order something."
    schema = schema_of(arguments)
    assert schema["required"] == ["item", "to", "at"]
    assert schema["additionalProperties"] is False
    about = schema["properties"]
    assert "call" not in about
    assert about["item"]["enum"] == ["tea", "coffee"]
    assert {name: about[name].get("description") for name in ("item", "count", "note", "copy")} == {
        "item": "what it is",
        "count": "how many cups",
        "note": "anything else",
        "copy": None,
    }
    assert about["count"]["minimum"] == 1
    assert takes_call(order)


def test_arguments_come_as_what_they_are_hinted() -> None:
    """Whatever they are called, also as pydantic's own names."""
    checked = given(describe(order, "order")[1].model_validate_json(ALL))
    assert checked["to"] == Address(street="Main")
    assert checked["at"] == Point(1.0, 2.0)
    assert order(**checked) == "3 tea Main 1.0 None  False 4 "


@pytest.mark.parametrize(
    "wrong",
    [
        "{}",
        "[]",
        "null",
        ALL.replace('"3"', "0"),
        ALL.replace("tea", "gin"),
        ALL.replace("}", ', "more": 1}', 1),
        ALL[:-1] + ', "call": 1}',
        ALL[:-1] + ', "more": 1}',
    ],
)
def test_what_a_model_makes_up_is_refused(wrong: str) -> None:
    """Nothing unchecked reaches a function; `call` is nothing that a model can give."""
    arguments = describe(order, "order")[1]
    if wrong == ALL.replace("}", ', "more": 1}', 1):
        arguments.model_validate_json(wrong)  # a nested model's own affair
        return
    with pytest.raises(ValidationError):
        arguments.model_validate_json(wrong)


def untyped(a) -> None: ...  # type: ignore[no-untyped-def] # noqa: ANN001 - the mistake
def any_number(*a: int) -> None: ...
def any_name(**a: int) -> None: ...
def by_place(a: int, /) -> None: ...
def call_by_place(call: object, /) -> None: ...
def many_calls(*call: object) -> None: ...
def unknown(a: Nothing) -> None: ...
def no_schema(a: Callable[[], int]) -> None: ...
def größe() -> None: ...  # noqa: PLC2401 - the mistake


class Breaks:
    """A type that does not let itself be described."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> object:
        raise LookupError("nowhere")


def breaks(a: Breaks) -> None: ...


@pytest.mark.parametrize(
    ("function", "cure"),
    [
        (untyped, "of which type 'a' is"),
        (any_number, r" \*a cannot be given"),
        (any_name, r" \*\*a cannot be given"),
        (by_place, " a cannot be given"),
        (call_by_place, " call cannot be given"),
        (many_calls, r" \*call cannot be given"),
        (unknown, "cannot be found: name 'Nothing'"),
        (no_schema, "cannot be described"),
        (breaks, "cannot be described as JSON Schema: .*nowhere"),
        (größe, "letters, digits"),
    ],
)
def test_what_cannot_be_described_is_said(function: Callable[..., Any], cure: str) -> None:
    """Before any call, with what to change."""
    with pytest.raises(BadFunction, match=cure):
        describe(function, function.__name__)


def test_a_wrapped_function_is_described_as_what_it_wraps() -> None:
    """Decorators that keep the signature keep the description."""

    @functools.wraps(order)
    def wrapped(*args: Any, **kwargs: Any) -> str:
        return order(*args, **kwargs)

    assert schema_of(describe(wrapped, "wrapped")[1]) == schema_of(describe(order, "order")[1])
