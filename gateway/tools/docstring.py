"""What a docstring says of a function and of its parameters, in the three styles that Python people write."""

from __future__ import annotations

import re
from collections.abc import Iterator

_GOOGLE = re.compile(r"^(Args|Arguments|Parameters):\s*$")
_SECTION = re.compile(
    r"^(Returns?|Yields?|Raises|Examples?|Notes?|Attributes|Args|Arguments|Parameters):\s*$"
)
_GOOGLE_ITEM = re.compile(r"^\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
_SPHINX = re.compile(r"^:(?:param|parameter|arg|argument)\s+(?:[^:]*\s)?(\w+)\s*:\s*(.*)$")
_FIELD = re.compile(r"^:\w+[^:]*:")
_NUMPY_ITEM = re.compile(r"^\*{0,2}(\w+)\s*(?::.*)?$")


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return what the function does, and what each parameter is, by name.

    `text` is a docstring without its indentation. Sections about results and errors are left out: the model
    sees those when they come.
    """
    told: list[str] = []
    parameters: dict[str, str] = {}
    for kind, lines in _sections(text.splitlines()):
        match kind:
            case "text":
                told += lines
            case "google":
                parameters |= _items(lines, _GOOGLE_ITEM)
            case "sphinx":
                parameters |= _items(lines, _SPHINX)
            case "numpy":
                parameters |= _items(lines, _NUMPY_ITEM)
    return "\n".join(told).strip(), parameters


def _sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield pieces of a docstring, each with its kind."""
    kind, piece, at = "text", list[str](), 0
    while at < len(lines):
        line = lines[at]
        underlined = at + 1 < len(lines) and re.fullmatch(r"-{3,}", lines[at + 1].strip()) and line.strip()
        began = ""
        if underlined:
            began = "numpy" if line.strip() in ("Parameters", "Other Parameters") else "numpy, left out"
        elif _SECTION.match(line):
            began = "google" if _GOOGLE.match(line) else "left out"
        elif _FIELD.match(line):
            began = "sphinx" if _SPHINX.match(line) else "left out"
        if began:
            yield kind, piece
            kind, piece = began, [line] if began == "sphinx" else []
            at += 1 if underlined else 0
        elif kind not in ("text", "numpy", "numpy, left out") and line.strip() and not line[0].isspace():
            yield kind, piece  # text goes on behind an indented section
            kind, piece = "text", [line]
        else:
            piece.append(line)
        at += 1
    yield kind, piece


def _items(lines: list[str], pattern: re.Pattern[str]) -> dict[str, str]:
    """Read names, each with its text, which may go on in lines that are further in."""
    found: dict[str, list[str]] = {}
    name, depth = "", 0
    for line in lines:
        inwards = len(line) - len(line.lstrip())
        item = pattern.match(line.strip())
        if item and (not name or inwards <= depth):
            name, depth = item[1], inwards
            found[name] = [item[2]] if item.lastindex == 2 and item[2] else []
        elif name and line.strip():
            found[name].append(line.strip())
    return {one: " ".join(text) for one, text in found.items() if text}
