"""What a look at something has shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Grade(Enum):
    """How bad it is."""

    FINE = "ok"
    LOOK = "look"
    """Calls are answered; worse may come of it."""
    WRONG = "wrong"
    """Calls will fail, or the gateway will not start."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what cures it; the cure is empty where nothing has to be done."""

    what: str
    """A few words, such as `SIP port`."""
    grade: Grade
    found: str
    cure: str = ""


def fine(what: str, found: str) -> Finding:
    """Return that all is well."""
    return Finding(what, Grade.FINE, found)


def look(what: str, found: str, cure: str) -> Finding:
    """Return something that is worth a look."""
    return Finding(what, Grade.LOOK, found, cure)


def wrong(what: str, found: str, cure: str) -> Finding:
    """Return something that is wrong."""
    return Finding(what, Grade.WRONG, found, cure)
