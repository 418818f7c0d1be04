"""What is wrong with plans and with `gateway.yaml`: every mistake at its place, with value and cure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gateway.errors import BadInput

SHOWN = 60
"""Characters of a wrong value that are printed: enough to find it, not a whole page of instructions."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file. Lines and columns count from 1, as editors do; 0 means the file as a whole."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else str(self.file)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. It keeps the file from being used, unless it is a warning, or unready."""

    mark: Mark
    key: str
    """Dotted path of the key in the file, such as `agent.turn_detection.type`; empty for a whole file."""
    value: object
    cure: str
    """What is wrong and what to write instead."""
    warning: bool = False
    """Worth a look, and nothing more."""
    unready: bool = False
    """Nothing is wrong with the file; this machine lacks what calls of the plan need, such as a key."""

    @property
    def forbids(self) -> bool:
        """True if the file cannot be used."""
        return not self.warning and not self.unready

    def __str__(self) -> str:
        kind = "warning: " if self.warning else ""
        key = f"{self.key}: " if self.key else ""
        value = "" if self.value is None else f"{_short(self.value)}: "
        return f"{self.mark}: {kind}{key}{value}{self.cure}"


class Remark(NamedTuple):
    """What is to be said of a plan by somebody who knows more: a key that is not set, a price, a voice."""

    path: tuple[str | int, ...]
    value: object
    cure: str
    warning: bool = False
    unready: bool = False
    """See `Problem`."""


class BadFiles(BadInput):
    """Files cannot be used; `problems` holds all mistakes of all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.mark, p.key)))
        first = next((p for p in self.problems if p.forbids), self.problems[0])
        super().__init__(str(first.mark), first.key, first.value, first.cure)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class BadDialplan(BadFiles):
    """A folder of plans cannot be used."""


def once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """In the order of files and lines, each mistake once: plans that extend a wrong one repeat it."""
    found = {(p.mark, p.key, p.cure): p for p in problems}
    return tuple(found[place] for place in sorted(found))


def did_you_mean(wrong: object, right: Iterable[str]) -> str:
    """The end of a cure: the nearest right name, or all of them when none is near."""
    names = sorted(right)
    near = difflib.get_close_matches(str(wrong), names, n=1, cutoff=0.66)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"use one of: {', '.join(names)}" if names else "there is none to choose from"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
