"""What a tool server offers, as a model is told it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from gateway.tools.mcp.offered import (
    LARGEST_SCHEMA,
    MOST_LISTED,
    MOST_TOOLS,
    OfferedTool,
    allowed,
    offered,
    told_schema,
)


def tool(name: str, schema: Any = None, description: str | None = "Does it.") -> SimpleNamespace:
    """Return a function as the SDK lists it."""
    return SimpleNamespace(name=name, description=description, title="Title", input_schema=schema or {})


def test_references_are_written_out() -> None:
    """Not every model follows them; titles tell it nothing, but an argument may be called so."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "findArguments",
        "type": "object",
        "$defs": {
            "Place": {"title": "Place", "type": "object", "properties": {"street": {"type": "string"}}}
        },
        "properties": {
            "place": {"$ref": "#/$defs/Place", "description": "where"},
            "title": {"type": "string", "title": "Title"},
            "many": {"type": "array", "items": {"$ref": "#/$defs/Place"}},
        },
        "required": ["place"],
    }
    place = {"type": "object", "properties": {"street": {"type": "string"}}}
    assert told_schema(schema) == {
        "type": "object",
        "properties": {
            "place": {**place, "description": "where"},
            "title": {"type": "string"},
            "many": {"type": "array", "items": place},
        },
        "required": ["place"],
    }


def test_a_schema_that_cannot_be_told_is_any_object() -> None:
    """One that refers to itself, one without end, one that is none."""
    plain = {"type": "object", "properties": {}}
    tree = {
        "$defs": {"T": {"properties": {"t": {"$ref": "#/$defs/T"}}}},
        "properties": {"t": {"$ref": "#/$defs/T"}},
    }
    assert told_schema(tree) == plain
    assert told_schema({"properties": {"x": {"description": "y" * LARGEST_SCHEMA}}}) == plain
    assert told_schema(None) == told_schema([]) == told_schema({}) == plain
    assert told_schema({"$defs": 5, "properties": {"a": {"$ref": "#/$defs/Gone"}}})["properties"] == {"a": {}}


def test_names_are_those_that_models_take() -> None:
    """Whatever a server calls its functions, each has a name of its own."""
    names = [OfferedTool(one, "", {}).name_at("crm") for one in ("book", "a.b", "a b", "x" * 99, "x" * 98)]
    assert names[0] == "crm__book"
    assert len(set(names)) == 5
    assert all(len(name) <= 64 and name.replace("_", "").replace("-", "").isalnum() for name in names)


def test_only_what_is_allowed_is_offered() -> None:
    """All, where nothing is said of it; none twice."""
    listing = offered([tool("a"), tool("b", description=None), tool("a")])
    assert [one.tool for one in allowed(listing, ())] == ["a", "b"]
    assert [one.tool for one in allowed(listing, ("b", "c"))] == ["b"]
    assert [one.description for one in listing] == ["Does it.", "Title"]


def test_a_server_may_have_thousands() -> None:
    """A model is told of the first ones, or of those that the plan names, wherever they stand."""
    listing = offered(tool(f"t{number}") for number in range(5000))
    assert len(listing) == MOST_LISTED
    assert len(allowed(listing, ())) == MOST_TOOLS
    assert [one.tool for one in allowed(listing, ("t4000", "t3"))] == ["t3", "t4000"]


def test_a_few_references_may_not_stand_for_millions() -> None:
    """Nothing is written out for such a schema."""
    below = [{"properties": {c: {"$ref": f"#/$defs/d{n + 1}"} for c in "abcdefghij"}} for n in range(40)]
    schema = {
        "$defs": {f"d{n}": one for n, one in enumerate(below)},
        "properties": {"a": {"$ref": "#/$defs/d0"}},
    }
    assert told_schema(schema) == {"type": "object", "properties": {}}


def test_what_no_model_can_read_is_left_out() -> None:
    """A provider would refuse the functions of all other servers with it."""
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"properties": {"a": deep}}
    plain = {"type": "object", "properties": {}}
    assert told_schema(deep) == told_schema({"properties": {"n": {"maximum": 2**70}}}) == plain
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "integr", "enum": 3, "description": "a number"},
            "b": {"type": ["string", "null"], "pattern": 5, "minLength": "x", "items": [1]},
            "c": 7,
            "d": {"anyOf": {"type": "string"}, "enum": ["x"], "default": {"type": "none", "title": "kept"}},
        },
        "required": "a",
    }
    assert told_schema(schema) == {
        "type": "object",
        "properties": {
            "a": {"description": "a number"},
            "b": {"type": ["string", "null"]},
            "c": {},
            "d": {"enum": ["x"], "default": {"type": "none", "title": "kept"}},
        },
    }
