"""Takes the middle out of telephone numbers, for logs that may not say who called whom. Pure.

A number is told from others by its length: seven digits or more in a row, also with what people write
between them; where a field is known to hold who calls or is called, four. What is left, as many stars as
digits, still tells two callers apart well enough to follow one call. Ids, addresses and times stay: whoever
reads a log lives by them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NUMBER = re.compile(r"(?<![\w.*-])(?P<plus>\+|%2[Bb])?(?P<digits>\d(?:[ ()/.-]{0,2}\d){6,})(?!\w|\.\d)")
_NO_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\d+\.\d+|(?:19|20)\d\d-\d\d-\d\d(?!\d).*", re.DOTALL)
"""An address, a decimal, a date."""
_USER = re.compile(r"\d{4,}")

PARTIES = frozenset({"caller", "called", "number", "user", "diverted", "account"})
"""Fields that hold who calls, or is called."""
IDS = frozenset(
    {
        *("call", "sip_call_id", "call_id", "leg", "id", "item_id", "response_id", "timestamp", "at", "time"),
        *(
            "source",
            "peer",
            "host",
            "sip",
            "listen",
            "event",
            "component",
            "level",
            "version",
            "file",
            "path",
        ),
    }
)
"""Fields that are needed whole."""


def masked(text: str) -> str:
    """Return a text with stars in place of the middle of each number."""
    return _NUMBER.sub(_number, text)


def masked_party(text: str) -> str:
    """Return who calls or is called, with stars in place of all but the ends of what are digits."""
    user, at, host = text.partition("@")
    return _USER.sub(lambda found: _stars(found[0]), user) + at + host


def masked_value(name: str, value: Any) -> Any:
    """Return a field's value, or what is in it, masked; what is neither text nor made of texts stays."""
    if name in IDS:
        return value
    if isinstance(value, str):
        return masked_party(masked(value)) if name in PARTIES else masked(value)
    if isinstance(value, Mapping):
        return {
            masked(key) if isinstance(key, str) else key: masked_value(str(key), one)
            for key, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [masked_value(name, one) for one in value]
    return value


def masked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a line, masked."""
    return {name: masked_value(name, value) for name, value in fields.items()}


def _number(found: re.Match[str]) -> str:
    written = found[0]
    if _NO_NUMBER.fullmatch(written):
        return written
    return (found["plus"] or "") + _stars(found["digits"])


def _stars(written: str) -> str:
    """Keep two digits at the beginning of a whole number, and two at its end."""
    digits = [one for one in written if one.isdigit()]
    front = 2 if len(digits) >= 7 else 0
    back = 2 if len(digits) >= 5 else 1
    return "".join(digits[:front]) + "*" * (len(digits) - front - back) + "".join(digits[-back:])
