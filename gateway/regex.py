"""Regular expressions that somebody else writes, matched against text that yet another sends (RE2). Pure.

Python's own engine tries all ways to match, one after the other: `(a+)+b` against 26 letters takes 20 s, in
which no call is served. RE2 takes time that grows with the length of the text, whatever the expression; the
price is that it knows neither look-around nor back-references. It is loaded for the first expression: plans
without one do without its megabyte.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

MEMORY = 128 * 1024
"""Bytes that an expression may take up. It bounds the time too: the largest needs 40 ms for 1 000 letters."""

CURE = (
    "write it as RE2 understands it, without look-ahead, look-behind and back-references "
    "(github.com/google/re2/wiki/Syntax)"
)


@cache
def _re2() -> Any:
    return import_module("re2")


@cache
def _options() -> Any:
    options = _re2().Options()
    options.max_mem = MEMORY
    options.case_sensitive = False
    options.dot_nl = True
    options.log_errors = False  # on stderr, past our log
    return options


@dataclass(frozen=True, slots=True)
class Regex:
    """An expression; capitals do not matter, and `.` is any character.

    Raises ValueError for one that cannot be matched so, with the cure.
    """

    pattern: str
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            compiled = _re2().compile(self.pattern.encode(), _options())
        except _re2().error as error:
            raise ValueError(f"not a regular expression: {error.args[0].decode()}; {CURE}") from None
        except UnicodeEncodeError:
            raise ValueError("not a regular expression: half a character") from None
        object.__setattr__(self, "_compiled", compiled)

    def fullmatch(self, text: str) -> bool:
        """Return whether all of a text matches."""
        return self._compiled.fullmatch(_bytes(text)) is not None

    def search(self, text: str) -> bool:
        """Return whether some part of a text matches."""
        return self._compiled.search(_bytes(text)) is not None


def escape(text: str) -> str:
    """Return the expression that matches just this text."""
    return str(_re2().escape(text))


def _bytes(text: str) -> bytes:
    """Half a character becomes a whole one, for `.` does not match what is no UTF-8: nobody slips through."""
    return text.encode(errors="replace")
