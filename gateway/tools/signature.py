"""A function's arguments as a pydantic model: checked when they come, described to a model as JSON Schema."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from gateway.errors import GatewayError
from gateway.tools.docstring import read_docstring

CALL = "call"
"""The parameter that is given the call itself; the model knows nothing of it."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a function may be called for a model."""
_OWN = "a_"  # before each field's name, so that none is one of pydantic's own (`schema`, `copy`, `_x`)


class BadFunction(GatewayError):
    """A function cannot be described to a model; the message says what to change."""


def describe(function: Callable[..., Any], name: str) -> tuple[str, type[BaseModel]]:
    """Return what a function does, in words, and the model of its arguments. Raises BadFunction."""
    if not NAME.fullmatch(name):
        raise BadFunction("models take names of letters, digits, _ and - only: rename the function")
    told, parameters = read_docstring(inspect.getdoc(function) or "")
    hints = _hints(function)
    fields: dict[str, Any] = {}
    for one in inspect.signature(function).parameters.values():
        if one.kind not in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY):
            raise BadFunction(f"a model gives arguments by name: {_stars(one)}{one.name} cannot be given")
        if one.name == CALL:
            continue
        if one.name not in hints:
            raise BadFunction(f"say of which type {one.name!r} is: `{one.name}: str`")
        default = ... if one.default is one.empty else one.default
        fields[_OWN + one.name] = _field(one.name, hints[one.name], default, parameters.get(one.name))
    try:
        made = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
        made.model_json_schema()
    except Exception as error:  # noqa: BLE001 - a type may be somebody else's code, too
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise BadFunction(f"an argument's type cannot be described as JSON Schema: {reason}") from None
    return told, made


def takes_call(function: Callable[..., Any]) -> bool:
    """Return whether a function wants to be given the call."""
    return CALL in inspect.signature(function).parameters


def given(arguments: BaseModel) -> dict[str, Any]:
    """Return checked arguments by the function's own names."""
    return {key.removeprefix(_OWN): value for key, value in arguments}


def schema_of(arguments: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a function's arguments, without what tells a model nothing."""
    schema = arguments.model_json_schema()
    return {key: value for key, value in schema.items() if key not in ("title", "description")}


def _stars(parameter: inspect.Parameter) -> str:
    return {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")


def _field(name: str, hint: Any, default: Any, told: str | None) -> tuple[Any, FieldInfo]:
    """Make a field; what its hint says of it (`Annotated[str, "..."]`) comes before the docstring."""
    if get_origin(hint) is Annotated:
        words = [extra for extra in get_args(hint)[1:] if isinstance(extra, str)]
        told = words[0] if words else told
        if any(isinstance(extra, FieldInfo) and extra.description for extra in get_args(hint)[1:]):
            told = None
    if told is None:
        return hint, Field(default, alias=name)  # pydantic tells "none here" from "not said"
    return hint, Field(default, alias=name, description=told)


def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Return the types of what a model gives; that of `call` may be known to type checkers alone."""
    own = inspect.unwrap(function)
    try:
        annotations = getattr(function, "__annotations__", {})  # evaluated here from Python 3.14 on
        wanted = {name: hint for name, hint in annotations.items() if name not in (CALL, "return")}
        holder = types.SimpleNamespace(__annotations__=wanted)
        return get_type_hints(holder, globalns=getattr(own, "__globals__", {}), include_extras=True)
    except Exception as error:  # noqa: BLE001 - hints are code that runs here
        raise BadFunction(f"a type cannot be found: {error}") from None
