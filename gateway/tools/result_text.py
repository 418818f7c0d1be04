"""What a function returns, as the model is told it: text as it is, anything else as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, Set, ValuesView
from itertools import islice
from typing import Any

import orjson
from pydantic import BaseModel

LONGEST_OUTPUT = 16_000
"""Characters of a result handed to the model; the rest would only push the conversation out of its memory."""
DEEPEST = 200
"""Of lists and objects in each other."""


def as_text(output: object) -> str:
    """Return a result as text; bytes are text where they are UTF-8, and what yields is a list.

    Raises ValueError for what is in itself, and whatever an object of somebody's own raises.
    """
    if isinstance(output, str):
        return sendable(output)
    if isinstance(output, bytes | bytearray | memoryview):
        return _of_bytes(output)
    try:
        return _json(output)
    except orjson.JSONEncodeError:  # a large number, half a character or an odd key
        return sendable(json.dumps(_simple(output, DEEPEST), ensure_ascii=False, separators=(",", ":")))


def sendable(text: str) -> str:
    """Return a text that can be written as UTF-8; half a surrogate pair, as of a file's odd name, is "?"."""
    return text.encode("utf-8", "replace").decode()


def _json(value: object) -> str:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: Any) -> object:
    """Return something that JSON knows, for what it does not."""
    match value:
        case BaseModel():
            return value.model_dump(mode="json")
        case bytes() | bytearray() | memoryview():
            return _of_bytes(value)
        case Mapping():
            return dict(value)
        case Iterator() | Set() | Sequence() | KeysView() | ValuesView() | ItemsView():
            return list(islice(value, LONGEST_OUTPUT))
        case _:
            return str(value)


def _simple(value: Any, depth: int) -> Any:
    """Return the same of what any JSON has: whole numbers of any size, and names for keys."""
    if not depth:
        raise ValueError("a result that is in itself, or nested too deeply")
    match value:
        case dict():
            return {str(key): _simple(one, depth - 1) for key, one in value.items()}
        case list() | tuple():
            return [_simple(one, depth - 1) for one in value]
        case str() | int():
            return value
    try:
        return orjson.loads(_json(value))
    except orjson.JSONEncodeError:
        plain = _plain(value)
        return str(value) if plain is value else _simple(plain, depth - 1)


def _of_bytes(value: bytes | bytearray | memoryview) -> str:
    whole = bytes(value)
    try:
        return whole.decode()
    except UnicodeDecodeError:
        return f"[{len(whole)} bytes]"
