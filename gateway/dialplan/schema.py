"""The keys of a plan file, from the model: JSON Schema for editors, a reference in Markdown for people."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from gateway.attribute_docs import described
from gateway.dialplan.faults import models_in
from gateway.dialplan.model import Inline, Plan

HINT = "# yaml-language-server: $schema=schema.json"
"""First line of a plan file with which editors complete and check keys; the path starts at the file."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a plan file."""
    return schema_of(Plan, "Dialplan") | {"required": []}


def schema_of(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The JSON Schema of a file whose top is a model."""
    schema = model.model_json_schema(by_alias=True)
    parts = {"": schema, **schema.get("$defs", {})}
    for part in _all_in(model):
        _describe(part, parts["" if part is model else part.__name__]["properties"])
    _tidy(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def _all_in(top: type[BaseModel]) -> list[type[BaseModel]]:
    """Return a model and all within it."""
    found = [top]
    for model in found:
        for field in model.model_fields.values():
            found += [inner for inner in dict.fromkeys(models_in(field.annotation)) if inner not in found]
    return found


def _describe(model: type[BaseModel], properties: dict[str, Any]) -> None:
    for key, said in _said(model):
        if said and "description" not in (schema := properties.get(key, {"description": ""})):
            properties[key] = dict(sorted({**schema, "description": said}.items()))


def _tidy(value: Any) -> None:
    """Take out what pydantic adds and nobody needs; join the lines of descriptions."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            value["properties"].pop("name", None) if "numbers" in value["properties"] else None
            for schema in value["properties"].values():
                schema.pop("title", None)
        if isinstance(value.get("description"), str):
            value["description"] = " ".join(value["description"].split())
        for item in value.values():
            _tidy(item)
    elif isinstance(value, list):
        for item in value:
            _tidy(item)


def reference() -> str:
    """All keys of a plan file in Markdown, one section for each mapping."""
    return reference_of(Plan, "plan", "--markdown")


def reference_of(top: type[BaseModel], what: str, option: str) -> str:
    """All keys of a model in Markdown; `option` of `gateway schema` prints them."""
    lines = [
        f"# Keys of a {what}",
        "",
        f"Written from the model by `gateway schema {option}`; change it there.",
        "",
    ]
    seen: set[type[BaseModel]] = set()
    titles: set[str] = set()
    waiting: list[tuple[str, type[BaseModel]]] = [("", top)]
    while waiting:
        title, model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        inner = list(_inner(model, title))
        if "type" in model.model_fields:
            title = f"{title}, type: {typing.get_args(model.model_fields['type'].annotation)[0]}"
        elif title in titles:
            title = f"{title}: {', '.join(model.model_fields)}"
        titles.add(title)
        lines += [
            f"## {title or f'A {what}'}",
            "",
            " ".join((model.__doc__ or "").split()),
            "",
            "| key | meaning |",
            "|---|---|",
        ]
        lines += [f"| `{key}` | {text} |" for key, text in _rows(model)]
        lines.append("")
        waiting += inner
    return "\n".join(lines)


def _rows(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for key, said in _said(model):
        if (model, key) != (Plan, "name"):
            yield key, " ".join(said.split()).replace("|", "\\|")


def _said(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Return what is said of each key."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field.description or described(model, name)


def _inner(model: type[BaseModel], title: str) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        for found in models_in(field.annotation):
            key = field.alias or name
            yield (f"{title}.{key}" if title and model is not Inline else key), found
