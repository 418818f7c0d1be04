"""The list of a campaign: a CSV file with a header, one person a line. Pure but for reading the file.

`number` is whom to call; `timezone`, if it is there, where they are; all other columns are variables of the
plan. Whoever must not be called, is there twice, or cannot be called at all is told of before the first call.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.dialplan import numbers
from gateway.errors import BadInput, GatewayError, NumberBarred

NUMBER, ZONE = "number", "timezone"
MOST_ENTRIES = 1_000_000
LARGEST_FILE = 500_000_000
"""Bytes."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One line of the list."""

    line: int
    """Of the file, as editors count; what it is known by."""
    number: str
    variables: Mapping[str, str]
    zone: str = ""
    """IANA time zone of whoever is called; "": the campaign's."""
    left_out: str = ""
    """Why it is not called: `do_not_call`, `duplicate` or `barred`; "" if it is."""


@dataclass(frozen=True, slots=True)
class CallList:
    """A list that was read."""

    entries: tuple[ListEntry, ...]
    digest: str
    """Of the file's bytes: a campaign goes on only with the list with which it began."""

    @property
    def variables(self) -> frozenset[str]:
        """The names of the columns that are variables."""
        return frozenset(self.entries[0].variables) if self.entries else frozenset()


def read_list(
    file: Path,
    *,
    never: Iterable[str] = (),
    region: str | None = None,
    check: Callable[[str], object] | None = None,
) -> CallList:
    """Read a list. `never`: numbers that must not be called; `check` raises for one that cannot be.

    Raises BadInput with the line and the cure.
    """
    raw = _bytes(file)
    unwanted = {_known_as(number, region) for number in never}
    seen: set[str] = set()
    entries = []
    for line, row in _rows(file, raw):
        number = (row.pop(NUMBER) or "").strip()
        zone = _zone(file, line, (row.pop(ZONE, "") or "").strip())
        variables = {name: (value or "").strip() for name, value in row.items()}
        known = _known_as(number, region)
        left_out = "do_not_call" if known in unwanted else "duplicate" if known in seen else ""
        seen.add(known)
        if not left_out and check is not None:
            left_out = _checked(file, line, number, check)
        entries.append(ListEntry(line, number, variables, zone, left_out))
    if not entries:
        raise BadInput(
            str(file), "lines", None, "there is nobody in it: write a number a line below the header"
        )
    return CallList(tuple(entries), hashlib.sha256(raw).hexdigest())


def read_numbers(file: Path) -> tuple[str, ...]:
    """Return the numbers of a do-not-call list: one a line, what follows a comma or a # is left out."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise BadInput("command line", "--do-not-call", str(file), f"cannot be read: {error}") from None
    found = (line.partition("#")[0].partition(",")[0].strip() for line in lines)
    return tuple(one for one in found if one)


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise BadInput("command line", "FILE", str(file), "too large: cut the list into several")
        return file.read_bytes()
    except OSError as error:
        raise BadInput("command line", "FILE", str(file), f"cannot be read: {error.strerror}") from None


def _rows(file: Path, raw: bytes) -> Iterable[tuple[int, dict[str, str | None]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(str(file), "text", None, f"write it as UTF-8: byte {error.start} is none") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    names = reader.fieldnames or ()
    if NUMBER not in names:
        raise BadInput(f"{file}:1", "header", ",".join(names), f"a column has to be called {NUMBER}")
    if len(set(names)) < len(names):
        raise BadInput(f"{file}:1", "header", ",".join(names), "a name stands there twice")
    try:
        for count, row in enumerate(reader):
            if count >= MOST_ENTRIES:
                raise BadInput(str(file), "lines", None, f"{MOST_ENTRIES} lines at most: cut it into several")
            if None in row or None in row.values():
                cure = f"as many values as the header has names: {len(names)}"
                raise BadInput(f"{file}:{reader.line_num}", "line", None, cure)
            yield reader.line_num, row
    except csv.Error as error:
        raise BadInput(f"{file}:{reader.line_num}", "line", None, f"not CSV: {error}") from None


def _zone(file: Path, line: int, name: str) -> str:
    try:
        return name and ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            f"{file}:{line}", ZONE, name, "a name of the IANA list, such as Europe/Berlin"
        ) from None


def _checked(file: Path, line: int, number: str, check: Callable[[str], object]) -> str:
    try:
        check(number)
    except NumberBarred:
        return "barred"
    except BadInput as error:
        raise BadInput(f"{file}:{line}", error.key, error.value, error.cure) from None
    except GatewayError as error:
        raise BadInput(f"{file}:{line}", NUMBER, number, str(error)) from None
    return ""


def _known_as(number: str, region: str | None) -> str:
    """Return what two ways of writing one number have in common."""
    return numbers.e164(number, region) or numbers.without_separators(number).lower()
