"""Pydantic's findings in plain words: what to write instead of a value, no names of Python's types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLAIN = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number, without a fraction",
    "int_parsing_size": "must be a whole number, and a smaller one",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number that is not infinite",
    "decimal_parsing": "must be a number alone, such as 2.00, without a sign of currency or a unit",
    "decimal_type": "must be a number, such as 2.00",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be a text; put it in quotes",
    "string_too_short": "must not be empty",
    "path_type": "must be the name of a file, a text",
    "model_type": "must be a mapping of keys",
    "model_attributes_type": "must be a mapping of keys",
    "dict_type": "must be a mapping of keys",
    "mapping_type": "must be a mapping of keys",
    "tuple_type": "must be a list, such as [a, b]",
    "list_type": "must be a list, such as [a, b]",
    "set_type": "must be a list, such as [a, b]",
    "frozen_set_type": "must be a list, such as [a, b]",
    "missing": "missing",
    "extra_forbidden": "unknown key",
    "time_delta_parsing": "must be a duration, such as 45s",
}
_BOUNDS = {
    "greater_than": ("gt", "must be more than {}"),
    "greater_than_equal": ("ge", "must be {} or more"),
    "less_than": ("lt", "must be less than {}"),
    "less_than_equal": ("le", "must be {} or less"),
    "multiple_of": ("multiple_of", "must be a multiple of {}"),
    "string_too_long": ("max_length", "must have {} characters at most"),
    "decimal_max_places": ("decimal_places", "must have {} decimals at most"),
    "too_short": ("min_length", "must have at least {} of them"),
    "too_long": ("max_length", "must have {} of them at most"),
    "literal_error": ("expected", "must be {}"),
    "enum": ("expected", "must be {}"),
}
"""What the bound is called in a finding's context, and how it is told."""


def plain_words(finding: Mapping[str, Any]) -> str:
    """Return what is to be written instead, for one of a ValidationError's `errors()`."""
    kind, context = finding["type"], finding.get("ctx") or {}
    if kind == "value_error":
        return str(context["error"])
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _BOUNDS and _BOUNDS[kind][0] in context:
        name, told = _BOUNDS[kind]
        bound = context[name]
        return told.format(f"{bound:g}" if isinstance(bound, float) else bound)
    choices = re.fullmatch(r"\^?\(([\w|-]+)\)\$?", str(context.get("pattern", "")))
    if choices:
        return f"must be one of {', '.join(choices[1].split('|'))}"
    return str(finding["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
