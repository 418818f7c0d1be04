"""Pydantic's findings in the words of a person who writes plans: the place, the key, the value, the cure.

The same for `gateway.yaml`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pydantic
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from gateway.attribute_docs import described
from gateway.dialplan.model import Plan
from gateway.dialplan.problems import Problem, did_you_mean
from gateway.dialplan.source import Path_, Source
from gateway.dialplan.values import LITERAL_SECRET, is_secret_name
from gateway.validation_words import plain_words

DEEPEST = 1
"""Dots in the name of a mapping in which a misplaced key is looked for."""


def explain(error: pydantic.ValidationError, written: Source, root: type[BaseModel] = Plan) -> list[Problem]:
    """One problem for each finding in a file whose top is `root`."""
    return [_problem(detail, written, root) for detail in error.errors(include_url=False)]


def _problem(detail: ErrorDetails, written: Source, root: type[BaseModel]) -> Problem:
    path = path_in(written.data, detail["loc"])
    mark = written.mark(path)
    if detail["type"] in ("missing", "extra_forbidden"):
        path = (*path, str(detail["loc"][-1])) if path[-1:] != detail["loc"][-1:] else path
    return Problem(mark, ".".join(map(str, path)), _shown(detail, path), _cure(detail, path, root))


def path_in(data: Any, loc: tuple[int | str, ...]) -> Path_:
    """The part of pydantic's location that is in the file; names of union members are not."""
    path: Path_ = ()
    for part in loc:
        inside = (isinstance(data, Mapping) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            path, data = (*path, part), data[part]
    return path


def _shown(detail: ErrorDetails, path: Path_) -> object:
    """The wrong value, unless it says nothing or may be a secret in the wrong place."""
    if detail["type"] in ("missing", "extra_forbidden", LITERAL_SECRET) or any(
        is_secret_name(str(part)) for part in path
    ):
        return None
    value = detail["input"]
    return None if isinstance(value, (Mapping, BaseModel)) else value


def _cure(detail: ErrorDetails, path: Path_, root: type[BaseModel]) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_key(path, root)
        case "missing":
            return " ".join(f"missing; {_description(path, root)}".rstrip("; ").split())
        case "literal_error" | "enum" if "'" in context["expected"]:  # else of numbers
            return did_you_mean(detail["input"], _quoted(context["expected"]))
        case "union_tag_invalid":
            wanted = did_you_mean(context["tag"], _quoted(context["expected_tags"]))
            told = "null" if context["tag"] == "None" else repr(context["tag"])
            return f"{context['discriminator']} {told} is not known; {wanted}".replace("'type'", "type")
    return plain_words(detail)


def _quoted(text: str) -> list[str]:
    """`'a', 'b' or 'c'` as a list."""
    return text.split("'")[1::2]


def _unknown_key(path: Path_, root: type[BaseModel]) -> str:
    key = str(path[-1])
    if " " in key:
        return "unknown key; if it belongs to a text, put the whole text in quotes: a comma ended it"
    here = {name for model in _models_at(path[:-1], root) for name in names(model)}
    nearest = did_you_mean(key, here)
    elsewhere = sorted(parent for parent, known in _mappings(root) if key in known)
    if elsewhere and not nearest.startswith("did you mean"):
        return f"unknown key here; it belongs under {' or '.join(elsewhere)}"
    return f"unknown key; {nearest}"


def names(model: type[BaseModel]) -> list[str]:
    """The keys of a mapping as they are written in a file."""
    return [
        field.alias or name for name, field in model.model_fields.items() if (model, name) != (Plan, "name")
    ]


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The mappings that a key's type allows."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif typing.get_origin(annotation) is not None or isinstance(annotation, types.UnionType):
        for part in typing.get_args(annotation):
            yield from models_in(part)


def _models_at(path: Path_, root: type[BaseModel]) -> list[type[BaseModel]]:
    models: list[type[BaseModel]] = [root]
    for part in path:
        # A key that no model has is one of a free mapping, such as a menu's options: the models stay.
        inner = [
            found
            for model in models
            for name, field in model.model_fields.items()
            if part in (name, field.alias)
            for found in models_in(field.annotation)
        ]
        models = inner or models
    return models


def _description(path: Path_, root: type[BaseModel]) -> str:
    for model in _models_at(path[:-1], root):
        for name, field in model.model_fields.items():
            if path[-1] in (name, field.alias) and (said := field.description or described(model, name)):
                return said
    return ""


@cache
def _mappings(root: type[BaseModel]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Every mapping of a file, by the keys that lead to it, with its own keys."""
    found = [("the top of the file", frozenset(names(root)))]
    waiting: list[tuple[str, type[BaseModel]]] = [("", root)]
    while waiting:
        above, model = waiting.pop()
        for name, field in model.model_fields.items():
            key = f"{above}{field.alias or name}"
            for inner in models_in(field.annotation):
                found.append((key, frozenset(names(inner))))
                if key.count(".") < DEEPEST:  # a plan's parts may hold plans
                    waiting.append((f"{key}.", inner))
    return tuple(found)
