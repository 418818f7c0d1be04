"""What a tool server offers, as a model is told it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import islice
from typing import Any

import orjson

LONGEST_NAME = 64
LONGEST_DESCRIPTION = 1024
"""Characters; a model reads them in every turn."""
LARGEST_SCHEMA = 16_384
"""Bytes of JSON of one function's arguments."""
MOST_TOOLS = 128
"""Functions of one server that one agent may call."""
MOST_LISTED = 4096
"""Functions of one server that are known of."""
DEEPEST = 64
"""Of objects and references in each other."""
MOST_PARTS = 2000
"""Of a schema, when references are written out."""
_UNTOLD = ("$schema", "$defs", "definitions", "title")
_TYPES = frozenset(("string", "number", "integer", "boolean", "object", "array", "null"))
_DATA = frozenset(("enum", "default", "const", "examples"))  # values, not schemas
_NAMED = frozenset(("properties", "patternProperties"))  # schemas by name
_SCHEMA, _SCHEMAS, _LIMIT = (dict, bool), list, (int, float)
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("properties", "patternProperties"), dict),
    **dict.fromkeys(("items", "additionalProperties", "not", "contains", "propertyNames"), _SCHEMA),
    **dict.fromkeys(("anyOf", "oneOf", "allOf", "prefixItems", "enum", "examples"), _SCHEMAS),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _LIMIT),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), int),
    **dict.fromkeys(("description", "pattern", "format"), str),
}
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class OfferedTool:
    """One function of a server: `tool` is its name there, `input_schema` as the server wrote it."""

    tool: str
    description: str
    input_schema: object

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """Its arguments for a model; of those that no agent may call nobody asks."""
        return told_schema(self.input_schema)

    def name_at(self, label: str) -> str:
        """Return its name for a model; one that is cut short ends in what tells it from others."""
        name = _NOT_IN_NAMES.sub("_", f"{label}__{self.tool}")
        if len(name) <= LONGEST_NAME and name == f"{label}__{self.tool}":
            return name
        mark = sha256(self.tool.encode()).hexdigest()[:6]
        return f"{name[: LONGEST_NAME - 7]}_{mark}"


def offered(tools: Iterable[Any]) -> tuple[OfferedTool, ...]:
    """Return the functions of a listing, as the SDK has it, each once."""
    found = {tool.name: OfferedTool(tool.name, _description(tool), tool.input_schema) for tool in tools}
    return tuple(islice(found.values(), MOST_LISTED))


def allowed(tools: Iterable[OfferedTool], names: Sequence[str]) -> tuple[OfferedTool, ...]:
    """Return those that an agent may call: of all, or of those with these `names`, the first MOST_TOOLS."""
    return tuple(islice((one for one in tools if not names or one.tool in names), MOST_TOOLS))


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
        told = _Inlining(definitions).of(schema, DEEPEST)
        if len(orjson.dumps(told)) > LARGEST_SCHEMA:
            told = {}
    except (_NotToBeTold, orjson.JSONEncodeError):  # the latter for a number that no model knows
        told = {}
    return {"properties": {}, **told, "type": "object"}


class _NotToBeTold(Exception):
    """A schema is too large, or has no end."""


class _Inlining:
    """Writes out what a schema refers to, within bounds: a few references may stand for millions of parts.

    A key whose value is of no kind that JSON Schema knows is left out: providers refuse all functions of a
    session for one such.
    """

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._parts = 0

    def of(self, value: Any, depth: int) -> Any:
        """Return a part of it. Raises _NotToBeTold."""
        self._parts += 1
        if depth < 0 or self._parts > MOST_PARTS:
            raise _NotToBeTold
        if isinstance(value, list):
            return [self.of(one, depth - 1) for one in value]
        if not isinstance(value, dict):
            return value
        if isinstance(reference := value.get("$ref"), str):
            target = self._definitions.get(reference.rpartition("/")[2], {})
            beside = {key: one for key, one in value.items() if key != "$ref"}
            return self.of({**_mapping(target), **beside}, depth - 1)
        return {
            key: self._below(key, one, depth - 1)
            for key, one in value.items()
            if key not in _UNTOLD and _fits(key, one)
        }

    def _below(self, key: str, value: Any, depth: int) -> Any:
        if key in _DATA:
            return value
        if key in _NAMED:  # where a title, for one, is the name of an argument
            schemas = {name: one if isinstance(one, dict | bool) else {} for name, one in value.items()}
            return {name: self.of(one, depth) for name, one in schemas.items()}
        return self.of(value, depth)


def _fits(key: str, value: Any) -> bool:
    if key == "type":
        kinds = value if isinstance(value, list) else [value]
        return bool(kinds) and all(isinstance(kind, str) and kind in _TYPES for kind in kinds)
    if key == "required" and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        return False
    return isinstance(value, _KINDS.get(key, object))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
