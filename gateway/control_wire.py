"""Calls and what happens in them as JSON, for whoever watches a process from outside. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from gateway.control import CallView, Watched


def view_json(view: CallView) -> dict[str, Any]:
    """Return a call as it is, its parties by what is shown of them; times in seconds, ISO 8601 in UTC."""
    told = {one.name: _plain(getattr(view, one.name)) for one in fields(view)}
    return told | {"caller": view.caller.shown, "called": view.called.shown}


def watched_json(line: Watched) -> dict[str, Any]:
    """Return something that happened: `what` is its type, its own fields stand under `is`."""
    told: dict[str, Any] = {
        "call": line.call,
        "at": line.at.isoformat(timespec="milliseconds"),
        "what": type(line.event).__name__,
        "is": _plain(line.event),
    }
    return told | ({"lost": line.lost} if line.lost else {})


def _plain(value: Any) -> Any:
    match value:
        case CallView():
            return view_json(value)
        case Enum():
            return value.value
        case bytes():
            return f"{len(value)} bytes"
        case Decimal():
            return float(value)
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case tuple() | list() | frozenset():
            return [_plain(one) for one in value]
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case _ if is_dataclass(value):
            return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
        case _:
            return value
