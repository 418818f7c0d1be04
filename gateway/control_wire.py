"""Calls and what happens in them as JSON, for whoever watches a process from outside. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson

from gateway.call import AddImage, LegLevels, MediaStatistics
from gateway.control import CallBegan, CallOver, CallView, Watched

_VIEWED = tuple(one.name for one in fields(CallView))
_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})
"""Most values of a call. A list of hundreds is asked for while calls are served by the same thread."""


def view_json(view: CallView) -> dict[str, Any]:
    """Return a call as it is, its parties by what is shown of them; times in seconds, ISO 8601 in UTC."""
    told = {name: _plain(getattr(view, name)) for name in _VIEWED}
    return told | {"caller": view.caller.shown, "called": view.called.shown}


def watched_line(line: Watched) -> bytes:
    """Return something that happened as a line: `what` is its type, its own fields stand under `is`.

    orjson writes the values itself: there may be hundreds a second, and calls are served by the same thread.
    """
    event: object = line.event
    match event:
        case CallBegan():
            event = {"view": view_json(event.view)}
        case CallOver():
            event = {"view": view_json(event.view), "ending": event.ending}
        case AddImage():
            event = replace(event, url=f"{len(event.url)} characters")
    told: dict[str, Any] = {
        "call": line.call,
        "at": line.at.isoformat(timespec="milliseconds"),
        "what": type(line.event).__name__,
        "is": event,
    }
    if line.lost:
        told["lost"] = line.lost
    return b'{"watched":' + orjson.dumps(told, default=_plain, option=orjson.OPT_NON_STR_KEYS) + b"}\n"


def _plain(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:
        return value
    match value:
        case bytes():
            return f"{len(value)} bytes"
        case Decimal():
            return float(value)
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case Enum():
            return value.value
        case frozenset():
            return sorted(value)
        case Mapping():
            return dict(value)
        case MediaStatistics() | LegLevels():
            return {one.name: getattr(value, one.name) for one in fields(value)}
        case _:
            return value if isinstance(value, str | int | float | bool | None) else str(value)
