"""Checks what a client sends, in the words and error codes of the hosted service.

A check takes a value and its path (`session.audio.input.format`) and raises `Refused` at the first thing
that is wrong; the server answers with that as an `error` event and changes nothing. Checks are built from
the small functions below; what the protocol allows is written with them in `limits`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import GatewayError

Check = Callable[[Any, str], None]


class Refused(GatewayError):
    """A client's event cannot be carried out; becomes an `error` event, the session goes on."""

    def __init__(
        self, code: str | None, message: str, param: str | None = None, *, kind: str = "invalid_request_error"
    ) -> None:
        self.code = code
        self.message = message
        self.param = param
        self.kind = kind
        super().__init__(f"{code}: {message}")


_NAMES = {str: "a string", bool: "a boolean", int: "an integer", float: "a decimal", list: "an array"}


def _called(value: object) -> str:
    return "null" if value is None else _NAMES.get(type(value), "an object")


def wrong_type(path: str, expected: str, value: object) -> Refused:
    """Make the refusal of a value of the wrong kind."""
    message = f"Invalid type for '{path}': expected {expected}, but got {_called(value)} instead."
    return Refused("invalid_type", message, path)


def anything(_value: Any, _path: str) -> None:
    """Accept whatever comes."""


def text(value: Any, path: str) -> None:
    """Accept a string."""
    if not isinstance(value, str):
        raise wrong_type(path, "a string", value)


def shorter(most: int) -> Check:
    """Accept a string of at most so many characters."""

    def check(value: Any, path: str) -> None:
        text(value, path)
        if len(value) > most:
            message = f"Invalid '{path}': string too long. Expected a string with maximum length {most}, "
            message += f"but got a string with length {len(value)} instead."
            raise Refused("string_above_max_length", message, path)

    return check


def matching(pattern: str, most: int | None = None) -> Check:
    """Accept a string of this form, and of at most so many characters."""

    def check(value: Any, path: str) -> None:
        (text if most is None else shorter(most))(value, path)
        if not re.search(pattern, value):
            message = f"Invalid '{path}': string does not match pattern. Expected a string that matches the "
            raise Refused("invalid_value", message + f"pattern '{pattern}'.", path)

    return check


def flag(value: Any, path: str) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise wrong_type(path, "a boolean", value)


def mapping(value: Any, path: str) -> None:
    """Accept any object."""
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)


def choice(*names: str) -> Check:
    """Accept one of these strings."""

    def check(value: Any, path: str) -> None:
        text(value, path)
        if value not in names:
            supported = ", ".join(f"'{name}'" for name in names)
            raise Refused(
                "invalid_value", f"Invalid value: '{value}'. Supported values are: {supported}.", path
            )

    return check


def integer(low: int, high: int | None = None) -> Check:
    """Accept a whole number from `low` to `high`."""
    return _number("integer", low, high, lambda value: isinstance(value, int))


def decimal(low: float, high: float | None = None) -> Check:
    """Accept a number from `low` to `high`."""
    return _number("decimal", low, high, lambda value: isinstance(value, int | float))


def _number(kind: str, low: float, high: float | None, is_one: Callable[[Any], bool]) -> Check:
    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not is_one(value):
            raise wrong_type(path, "an integer" if kind == "integer" else "a decimal", value)
        if value < low:
            raise _out_of_range(kind, path, "below minimum", f">= {low}", value)
        if high is not None and value > high:
            raise _out_of_range(kind, path, "above maximum", f"<= {high}", value)

    return check


def _out_of_range(kind: str, path: str, how: str, bound: str, value: object) -> Refused:
    code = f"{kind}_{how.replace('minimum', 'min').replace('maximum', 'max').replace(' ', '_')}_value"
    message = f"Invalid '{path}': {kind} {how} value. Expected a value {bound}, but got {value} instead."
    return Refused(code, message, path)


def array(check: Check, most: int | None = None) -> Check:
    """Accept a list of things that pass `check`."""

    def check_all(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise wrong_type(path, "an array", value)
        if most is not None and len(value) > most:
            message = f"Invalid '{path}': array too long. Expected at most {most}, got {len(value)}."
            raise Refused("array_above_max_length", message, path)
        for index, one in enumerate(value):
            check(one, f"{path}[{index}]")

    return check_all


def record(fields: Mapping[str, Check], *required: str) -> Check:
    """Accept an object with these fields only. Null stands for "not given", as some clients write it."""

    def check(value: Any, path: str) -> None:
        mapping(value, path)
        for name in required:
            if value.get(name) is None:
                missing = f"{path}.{name}"
                message = f"Missing required parameter: '{missing}'."
                raise Refused("missing_required_parameter", message, missing)
        for name, one in value.items():
            here = f"{path}.{name}"
            if name not in fields:
                raise Refused("unknown_parameter", f"Unknown parameter: '{here}'.", here)
            if one is not None:
                fields[name](one, here)

    return check


def tagged(kinds: Mapping[str, Check], default: str | None = None) -> Check:
    """Accept an object whose `type` says which of `kinds` it is."""

    def check(value: Any, path: str) -> None:
        mapping(value, path)
        kind = value.get("type", default)
        if kind is None:
            raise Refused(
                "missing_required_parameter", f"Missing required parameter: '{path}.type'.", f"{path}.type"
            )
        choice(*kinds)(kind, f"{path}.type")
        kinds[kind](value, path)

    return check


def either(*options: tuple[type, Check]) -> Check:
    """Accept the first option whose Python type the value has."""

    def check(value: Any, path: str) -> None:
        for kind, one in options:
            if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
                return one(value, path)
        raise wrong_type(path, " or ".join(_NAMES.get(kind, "an object") for kind, _ in options), value)

    return check
