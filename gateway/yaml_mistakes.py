"""What is wrong with a YAML file, in a person's words: one line, with its place and its cure.

libyaml says where it gave up and by which rule of its grammar. People want to know which character to change,
and that is often elsewhere: where a quote was opened that never closes. Pure.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gateway.errors import BadInput


@dataclass(frozen=True, slots=True)
class YamlMistake:
    """One mistake. Lines and columns count from 1; 0 means the file as a whole."""

    line: int
    column: int
    cure: str

    def in_file(self, file: Path) -> BadInput:
        """Return it as an error to raise."""
        where = f"{file}:{self.line}:{self.column}" if self.line else str(file)
        return BadInput(where, "syntax", None, self.cure)


_QUOTE = "put the whole text in quotes"
_STRAY = "neither KEY: VALUE nor - ITEM; a text of several lines is indented under its key"
_OPENED = {"'": "quote", '"': "quote", "[": "bracket", "{": "brace"}
_MARKS = {
    "\t": "a tab: YAML indents with spaces only",
    "%": f"no text can begin with %: {_QUOTE}",
    "@": f"no text can begin with @: {_QUOTE}",
    "`": f"no text can begin with `: {_QUOTE}",
}
"""Characters with which nothing can begin."""
_NOT_PRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BOMS = ((codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))


def decode(data: bytes) -> str | YamlMistake:
    """Return a file's text, or what keeps it from being one."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return YamlMistake(0, 0, f"this is {name}: save the file as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line, column = _place(before, len(before))
        byte = data[error.start]
        return YamlMistake(line, column, f"not UTF-8 (byte 0x{byte:02x}): save the file as UTF-8")
    return _control(text) or text


def load(file: Path) -> Any:
    """Return the value in a YAML file, None if it is empty. Raises BadInput with the place and the cure."""
    try:
        text = decode(file.read_bytes())
    except FileNotFoundError:
        raise BadInput(str(file), "file", None, "there is no such file") from None
    except OSError as error:
        raise BadInput(str(file), "file", None, f"cannot be read: {error.strerror}") from None
    if isinstance(text, YamlMistake):
        raise text.in_file(file)
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise explain(text, error).in_file(file) from None


def explain(text: str, error: yaml.YAMLError) -> YamlMistake:
    """Return the mistake in `text` at which the parser stopped with `error`."""
    at = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if at is None:
        return _control(text) or YamlMistake(0, 0, "not YAML: " + str(error).splitlines()[0])
    lines = text.split("\n")
    line, column = at.line, at.column
    began = getattr(error, "context_mark", None)
    problem, context = str(getattr(error, "problem", "")), str(getattr(error, "context", ""))
    tab = _tab(lines, line)
    if tab is not None:
        return YamlMistake(tab[0] + 1, tab[1] + 1, _MARKS["\t"])
    if began is not None and ("flow" in context or "end of stream" in problem):
        opened = _unclosed(lines, began.line, began.column)
        if opened is not None:
            return opened
    if "node content" in problem and (opened := _last_open(lines, line, column)) is not None:
        return opened
    if line >= len(lines):  # right behind the end
        line, column = len(lines) - 1, len(lines[-1])
    cure = _cure(lines, line, column, f"{context} {problem}")
    return cure if isinstance(cure, YamlMistake) else YamlMistake(line + 1, column + 1, cure)


def _cure(lines: list[str], line: int, column: int, told: str) -> str | YamlMistake:
    written = lines[line] if line < len(lines) else ""
    if "mapping values are not allowed" in told:
        return _second_colon(lines, line, column)
    if "could not find expected ':'" in told:
        return _no_colon(lines, line)
    if "alias" in told or "anchor" in told:
        mark = "*" if "alias" in told else "&"
        return f"a text that begins with {mark} needs quotes: '{mark}'"
    if "unknown escape character" in told:
        return "a backslash means something within double quotes: use single quotes, or write \\\\"
    if "cannot start any token" in told and written[column : column + 1] in _MARKS:
        return _MARKS[written[column]]
    if "block sequence entries" in told:
        return "a list begins on a line of its own, under its key: a line - VALUE for each item"
    if "block scalar" in told:
        return "after | or > nothing may follow: begin the text on the next line, indented"
    if "node content" in told:
        return "a value is missing here, or a comma or bracket is too much"
    if "did not find expected key" in told or "did not find expected '-'" in told:
        return _misplaced(lines, line, column)
    return f"not YAML: {' '.join(told.split())}"


def _second_colon(lines: list[str], line: int, column: int) -> str | YamlMistake:
    """A colon where there can be none: in a text without quotes, or under a key that has a value already."""
    before = lines[line][:column]
    if ": " in before or re.match(r"\s*-?\s*[\w.-]+:\s", before):
        return f"a colon followed by a space in a text: {_QUOTE}"
    return YamlMistake(line + 1, len(before) - len(before.lstrip()) + 1, _indented(lines, line))


def _indented(lines: list[str], line: int) -> str:
    above = next((at for at in range(line - 1, -1, -1) if lines[at].strip()), None)
    if above is None:
        return "indent keys of one mapping alike"
    here, there = (len(lines[at]) - len(lines[at].lstrip()) for at in (line, above))
    return (
        f"indented by {here}, line {above + 1} by {there}: indent keys of one mapping by equally many spaces"
    )


def _no_colon(lines: list[str], line: int) -> YamlMistake:
    """Find the line, at this one or above, that is neither a key nor a list item."""
    for at in range(min(line, len(lines) - 1), -1, -1):
        written = lines[at].strip()
        if written and not written.startswith(("#", "-")) and not re.search(r":(\s|$)", written):
            start = len(lines[at]) - len(lines[at].lstrip()) + 1
            if re.match(r"[\w.-]+:\S", written):
                return YamlMistake(at + 1, start + written.index(":") + 1, "write a space after the colon")
            return YamlMistake(at + 1, start, _STRAY)
    return YamlMistake(line + 1, 1, "write KEY: VALUE")


def _misplaced(lines: list[str], line: int, column: int) -> str:
    before = lines[line][:column] if line < len(lines) else ""
    if before.rstrip().endswith(("'", '"')):
        return "text after a closing quote: put all of it within the quotes"
    if before.strip():
        return "a comma or a closing bracket is missing before this, or the text needs quotes"
    if lines[line].strip().startswith(":"):
        return "a key is missing before the colon"
    return _indented(lines, line)


def _tab(lines: list[str], line: int) -> tuple[int, int] | None:
    """Return the place of a tab with which this line, or the one above, is indented."""
    for at in (line, line - 1):
        if 0 <= at < len(lines) and (found := re.match(r" *\t", lines[at])):
            return at, found.end() - 1
    return None


def _unclosed(lines: list[str], line: int, column: int) -> YamlMistake | None:
    """Say what was opened here and is never closed; None if nothing was."""
    mark = lines[line][column : column + 1] if line < len(lines) else ""
    if mark not in _OPENED:
        return None
    closes = {"[": "]", "{": "}"}.get(mark, mark)
    more = "" if mark in "'\"" else ", or a comma between two items is missing"
    return YamlMistake(
        line + 1, column + 1, f"this {_OPENED[mark]} {mark} is never closed: write {closes}{more}"
    )


def _control(text: str) -> YamlMistake | None:
    """Find a character that YAML does not allow (YAML 1.2 section 5.1)."""
    found = _NOT_PRINTABLE.search(text)
    if found is None:
        return None
    line, column = _place(text, found.start())
    return YamlMistake(line, column, f"a control character (U+{ord(found[0]):04X}): remove it")


def _last_open(lines: list[str], line: int, column: int) -> YamlMistake | None:
    """Find the bracket before this place that is open still, if only blanks follow."""
    if any(rest.strip() for rest in (*lines[line + 1 :], *(one[column:] for one in lines[line : line + 1]))):
        return None
    open_at: list[tuple[int, int]] = []
    for at, written in enumerate(lines):
        for found in re.finditer(r"'[^']*'|\"[^\"]*\"|\s#.*|[\[\]{}]", written):
            if found[0] in "[{":
                open_at.append((at, found.start()))
            elif found[0] in "]}" and open_at:
                open_at.pop()
    return _unclosed(lines, *open_at[-1]) if open_at else None


def _place(text: str, at: int) -> tuple[int, int]:
    """Return line and column of a character, from 1."""
    before = text[:at]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
