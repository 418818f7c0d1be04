"""Results as a model is told them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from gateway.tools.result_text import DEEPEST, LONGEST_OUTPUT, as_text


@dataclass
class Price:
    """A value of somebody's own."""

    item: str
    cents: int


def _pieces() -> Iterator[str]:
    yield from ("tea", "milk")


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("text", "text"),
        ("a" + chr(0xD800) + "b", "a?b"),
        ("h\u00e9llo".encode(), "h\u00e9llo"),
        (bytearray(b"\xff\x00"), "[2 bytes]"),
        ({"a": memoryview(b"tea"), "b": [b"\xff"]}, '{"a":"tea","b":["[1 bytes]"]}'),
        ({"a": float("nan"), "b": float("-inf")}, '{"a":null,"b":null}'),
        (2**70, str(2**70)),
        ({"n": 2**70, "at": date(2026, 1, 2), "p": Price("tea", -(2**70))}, None),
        ({"a" + chr(0xDC00): ["b" + chr(0xD800)]}, '{"a?":["b?"]}'),
        ({(1, 2): 3}, '{"(1, 2)":3}'),
        (MappingProxyType({"a": {1}}), '{"a":[1]}'),
        (_pieces(), '["tea","milk"]'),
        (map(str, (1, 2)), '["1","2"]'),
        ({"a": 1}.keys(), '["a"]'),
        ({"a": 1}.items(), '[["a",1]]'),
        (deque([1]), "[1]"),
        (range(3), "[0,1,2]"),
        (Price("tea", 250), '{"item":"tea","cents":250}'),
        (Decimal("1.10"), '"1.10"'),
        (Path("a"), '"a"'),
        (None, "null"),
        (_nested(150), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_a_function_returns_is_told(output: object, told: str | None) -> None:
    """As text, or as JSON that anybody can read."""
    text = as_text(output)
    text.encode()
    if told is None:
        json.loads(text)
    else:
        assert text == told


def test_a_large_number_stays_what_it_is() -> None:
    """Beside what JSON has other words for."""
    told = json.loads(as_text({"n": 2**70, "at": date(2026, 1, 2), "p": {1: b"x"}}))
    assert told == {"n": 2**70, "at": "2026-01-02", "p": {"1": "x"}}


@pytest.mark.parametrize("make", [count, lambda: range(10**12), lambda: iter(int, 1)])
def test_what_has_no_end_is_cut(make: Callable[[], object]) -> None:
    """A model would not read more."""
    assert len(json.loads(as_text(make()))) == LONGEST_OUTPUT


def test_what_is_in_itself_is_refused() -> None:
    """And what is nested as if it were."""
    value: list[object] = []
    value.append(value)
    for one in (value, _nested(DEEPEST + 60)):
        with pytest.raises(ValueError, match="nested"):
            as_text(one)
