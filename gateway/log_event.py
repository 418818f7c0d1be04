"""What a log event is: the words in which `log_events` lists them all."""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["debug", "info", "warning", "error"]

IN, OUT, STATE, CLOSING, LOOK = "<", ">", "=", "x", "!"
"""The marks of a terminal: came in, went out, state, closing, something to look at."""


class LogEvent(NamedTuple):
    """What is known of an event beforehand."""

    mark: str
    level: Level
    msg: str
    """The sentence of the line."""
    meaning: str
    """When it is logged, and which fields need a word."""
