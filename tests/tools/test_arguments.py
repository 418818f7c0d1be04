"""What a model gives a function: read, checked, bounded."""

import pytest
from pydantic import create_model

from gateway.tools.arguments import (
    LONGEST_ARGUMENTS,
    Arguments,
    ForeignArguments,
    ModelArguments,
    WrongArguments,
)

KNOWN = ModelArguments(create_model("price", a_item=(str, ...), a_count=(int, 1)))
FOREIGN = ForeignArguments({"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]})


def test_types_that_we_know_are_checked() -> None:
    """Each mistake is named, for the model to do better."""
    assert KNOWN.read('{"a_item": "tea"}') == {"item": "tea", "count": 1}
    with pytest.raises(WrongArguments, match="a_count: Input should be a valid integer"):
        KNOWN.read('{"a_item": "tea", "a_count": "many"}')


def test_what_somebody_else_checks_is_an_object_with_what_is_required() -> None:
    """Everything else is told by whoever runs the function."""
    assert FOREIGN.schema()["required"] == ["day"]
    assert FOREIGN.read('{"day": "Monday", "more": [1]}') == {"day": "Monday", "more": [1]}
    for wrong, why in {"": "day", "[]": "object", "{": "not JSON"}.items():
        with pytest.raises(WrongArguments, match=why):
            FOREIGN.read(wrong)


def test_a_schema_of_a_stranger_may_be_nonsense() -> None:
    """What is no list of names requires nothing."""
    assert ForeignArguments({"required": 5}).read("{}") == {}


@pytest.mark.parametrize("arguments", [KNOWN, FOREIGN])
def test_arguments_have_a_bound(arguments: Arguments) -> None:
    """A model that writes without end is told so, and not read."""
    with pytest.raises(WrongArguments, match="at most"):
        arguments.read('{"day": "' + "x" * LONGEST_ARGUMENTS + '"}')
