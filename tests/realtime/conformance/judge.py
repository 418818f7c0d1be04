"""Validates events by the types of the `openai` package. Runs in the SDKs' own environment.

Reads lines of `[side, event]` from stdin, writes a JSON list of what is wrong with them to stdout. Each
event is validated strictly by the one class of its type: against the whole union an error would be
forty-six errors. The classes allow extra fields, so those are looked for as well, at every depth.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, get_args

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel, ValidationError

KNOWN_EXTRAS = {
    # What the hosted service sends and its types lack.
    ("session.created", "session.id"),
    ("session.created", "session.object"),
    ("session.created", "session.expires_at"),
    ("session.updated", "session.id"),
    ("session.updated", "session.object"),
    ("session.updated", "session.expires_at"),
    ("*", "obfuscation"),
    ("*", "item.phase"),
}


def _classes(union: Any) -> Iterator[type[BaseModel]]:
    for one in get_args(union):
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield one
        else:
            yield from _classes(one)


TABLES = {
    side: {get_args(cls.model_fields["type"].annotation)[0].strip(): cls for cls in _classes(union)}
    # The schema of the DTMF event has a blank before its type, hence the strip.
    for side, union in (("client", RealtimeClientEvent), ("server", RealtimeServerEvent))
}


def _extras(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, BaseModel):
        for name in value.model_extra or {}:
            yield f"{path}{name}"
        for name in value.model_fields_set & set(type(value).model_fields):
            yield from _extras(getattr(value, name), f"{path}{name}.")
    elif isinstance(value, list):
        for one in value:
            yield from _extras(one, path)


def _problems(side: str, event: dict[str, Any]) -> Iterator[str]:
    kind = event.get("type")
    cls = TABLES[side].get(str(kind))
    if cls is None:
        yield f"{side} {kind}: there is no such event"
        return
    try:
        found = cls.model_validate(event, strict=True)
    except ValidationError as error:
        for one in error.errors():
            yield f"{side} {kind}: {'.'.join(map(str, one['loc']))}: {one['msg']}"
        return
    for path in _extras(found):
        if (kind, path) not in KNOWN_EXTRAS and ("*", path) not in KNOWN_EXTRAS:
            yield f"{side} {kind}: {path}: unknown field"


if __name__ == "__main__":
    pairs = [json.loads(line) for line in sys.stdin]
    json.dump([problem for side, event in pairs for problem in _problems(side, event)], sys.stdout)
