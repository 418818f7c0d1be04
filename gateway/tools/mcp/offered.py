"""What a tool server offers, as a model is told it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

LONGEST_NAME = 64
LONGEST_DESCRIPTION = 1024
"""Characters; a model reads them in every turn."""
LARGEST_SCHEMA = 16_384
"""Bytes of JSON of one function's arguments."""
MOST_TOOLS = 128
"""Functions of one server."""
DEEPEST = 12
"""Of references into each other."""
_UNTOLD = ("$schema", "$defs", "definitions", "title")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """One function of a server: `tool` is its name there."""

    tool: str
    description: str
    schema: Mapping[str, Any]

    def name_at(self, label: str) -> str:
        """Return its name for a model; one that is cut short ends in what tells it from others."""
        name = _NOT_IN_NAMES.sub("_", f"{label}__{self.tool}")
        if len(name) <= LONGEST_NAME and name == f"{label}__{self.tool}":
            return name
        mark = sha256(self.tool.encode()).hexdigest()[:6]
        return f"{name[: LONGEST_NAME - 7]}_{mark}"


def offered(tools: Iterable[Any], allowed: tuple[str, ...] = ()) -> tuple[OfferedTool, ...]:
    """Return the functions of a listing, as the SDK has it; of those the `allowed` ones, if any are named."""
    found = [
        OfferedTool(tool.name, _description(tool), told_schema(tool.input_schema))
        for tool in tools
        if not allowed or tool.name in allowed
    ]
    return tuple(found[:MOST_TOOLS])


def _description(tool: Any) -> str:
    text = tool.description or tool.title or ""
    return str(text).strip()[:LONGEST_DESCRIPTION]


def told_schema(schema: object) -> dict[str, Any]:
    """Return a schema without references, which not every model follows, and without what tells it nothing.

    One that is too large, or refers to itself, becomes "an object": the server checks what it is given.
    """
    if not isinstance(schema, dict):
        return {"type": "object", "properties": {}}
    definitions = {**_mapping(schema.get("definitions")), **_mapping(schema.get("$defs"))}
    try:
        told = _inlined(schema, definitions, DEEPEST)
    except RecursionError:
        told = {}
    if len(orjson.dumps(told)) > LARGEST_SCHEMA:
        told = {}
    return {"properties": {}, **told, "type": "object"}


def _inlined(value: Any, definitions: Mapping[str, Any], depth: int) -> Any:
    if depth < 0:
        raise RecursionError
    if isinstance(value, list):
        return [_inlined(one, definitions, depth) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(reference := value.get("$ref"), str):
        target = definitions.get(reference.rpartition("/")[2], {})
        beside = {key: one for key, one in value.items() if key != "$ref"}
        return _inlined({**_mapping(target), **beside}, definitions, depth - 1)
    # Below `properties`, a title is the name of an argument.
    return {
        key: _properties(one, definitions, depth)
        if key == "properties"
        else _inlined(one, definitions, depth)
        for key, one in value.items()
        if key not in _UNTOLD
    }


def _properties(value: Any, definitions: Mapping[str, Any], depth: int) -> dict[str, Any]:
    return {key: _inlined(one, definitions, depth) for key, one in _mapping(value).items()}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
