"""One YAML file as plain data that still knows at which line and column each key stood.

The values are built here, from the events of libyaml's parser, by the rules of YAML 1.2: `on` and `no` are
words, `17:30` and `2026-12-25` are texts, not a sum of minutes and a date object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gateway.dialplan.problems import Mark, Problem
from gateway.yaml_mistakes import YamlMistake, decode, explain

MAX_BYTES = 1_000_000
"""A plan is a page or two. A file beyond this is a mistake, and would hold up everybody while it is read."""

MAX_VALUES = 20_000
"""Aliases can make a small file enormous; a plan with this many values is not one."""

MAX_DEPTH = 50
"""Mappings in mappings. PyYAML's own composer has no bound, and takes the process with it at some 50 000."""

Path_ = tuple[str | int, ...]

_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_WORDS: dict[str, object] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file's mapping. `marks` has the place of every key and list item, by its path; `()` is the top."""

    file: Path
    data: dict[str, Any] = field(default_factory=dict)
    marks: dict[Path_, Mark] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """The plan's name: the file's, without its ending."""
        return self.file.stem

    def mark(self, path: Path_) -> Mark:
        """Where a key stands, or the nearest one around it that is written in a file."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, Mark(self.file))


def read(file: Path, what: str = "a plan", *, may_be_empty: bool = False) -> Source:
    """Read a file; what cannot be read is a problem in the result, never an exception.

    `what` is what it is called in a message.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            return _unusable(file, f"larger than {MAX_BYTES} bytes; split it")
        text = decode(file.read_bytes())
    except OSError as error:
        return _unusable(file, f"cannot be read: {error.strerror}")
    if not isinstance(text, str):
        return _mistaken(file, text)
    return parse(file, text, what, may_be_empty=may_be_empty)


def parse(file: Path, text: str, what: str = "a plan", *, may_be_empty: bool = False) -> Source:
    """Read the text of a file."""
    reader = _Reader(file, yaml.parse(text, Loader=yaml.CSafeLoader))
    try:
        data = reader.document()
    except yaml.YAMLError as error:
        if "nesting depth" in str(error):  # PyYAML from 6.0.4 on has a limit of its own
            return _too_much(file)
        return _mistaken(file, explain(text, error))
    except OverflowError:
        return _too_much(file)
    if data is None and may_be_empty:
        data = {}
    if not isinstance(data, dict):
        return _unusable(file, _no_mapping(data, what))
    return Source(file, data, reader.marks, tuple(reader.problems))


def _too_much(file: Path) -> Source:
    return _unusable(file, f"more than {MAX_VALUES} values, or {MAX_DEPTH} in each other; is this a plan?")


def _mistaken(file: Path, mistake: YamlMistake) -> Source:
    return Source(file, problems=(Problem(Mark(file, mistake.line, mistake.column), "", None, mistake.cure),))


def _unusable(file: Path, cure: str) -> Source:
    return Source(file, problems=(Problem(Mark(file), "", None, cure),))


def _no_mapping(data: object, what: str) -> str:
    """Say what a file is that has no keys; mostly one whose colons lack the space behind them."""
    written = re.match(r"([\w.-]+)\s*[:=]\s*(.*)", data) if isinstance(data, str) else None
    if written:
        line = f"{written[1]}: {written[2]}".rstrip(": ")
        return f"{what} is a mapping of keys: write {line} (colon and space)"
    return f"{what} is a mapping of keys, KEY: VALUE; see the guide for examples"


class _Reader:
    """Builds data from events and remembers places, anchors and mistakes on the way."""

    def __init__(self, file: Path, events: Iterator[yaml.Event]) -> None:
        self.file = file
        self.events = events
        self.marks: dict[Path_, Mark] = {(): Mark(file, 1, 1)}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.problems: list[Problem] = []
        self.values = 0

    def document(self) -> Any:
        """Read the one document of a file; None if there is none."""
        data: Any = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._problem(event, (), None, "a second document (---) is not read; make it a file")
                    break
                data = self._value(next(self.events), ())
        return data

    def _value(self, event: yaml.Event, path: Path_) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        before = self.values
        self.values += 1
        if self.values > MAX_VALUES or len(path) > MAX_DEPTH:
            raise OverflowError
        value: Any
        if isinstance(event, yaml.MappingStartEvent):
            value = self._mapping(path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path)
        else:
            assert isinstance(event, yaml.ScalarEvent)
            value = self._scalar(event, path)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.values - before)
        return value

    def _mapping(self, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None or key == "<<":
                cure = "merge keys are not read; use extends" if key else "a key must be a word"
                self._problem(event, path, key, cure)
                if key is None:
                    self._value(event, (*path, ""))
                self._value(next(self.events), (*path, ""))
                continue
            here = (*path, key)
            if key in data:
                cure = f"written twice, first in line {self.marks[here].line}; remove one"
                self._problem(event, here, None, cure)
                self._value(next(self.events), (*path, ""))
                continue
            self.marks[here] = self._mark(event)
            data[key] = self._value(next(self.events), here)
        return data

    def _sequence(self, path: Path_) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            here = (*path, len(items))
            self.marks[here] = self._mark(event)
            items.append(self._value(event, here))
        return items

    def _alias(self, event: yaml.AliasEvent, path: Path_) -> Any:
        # What the alias stands for counts again: the size of the file is not the size of what it means.
        if event.anchor not in self.anchors:
            self._problem(event, path, f"*{event.anchor}", "there is no such anchor above")
            return None
        value, size = self.anchors[event.anchor]
        self.values += size
        if self.values > MAX_VALUES:
            raise OverflowError
        return value

    def _scalar(self, event: yaml.ScalarEvent, path: Path_) -> Any:
        text: str = event.value
        if event.tag is not None and event.tag != "tag:yaml.org,2002:str":
            self._problem(event, path, text, f"the tag {event.tag} is not read; write the plain value")
            return None
        plain = event.implicit[0] and event.tag is None
        if not plain:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _mark(self, event: yaml.Event) -> Mark:
        at = event.start_mark
        return Mark(self.file, at.line + 1, at.column + 1) if at else Mark(self.file)

    def _problem(self, event: yaml.Event, path: Path_, value: object, cure: str) -> None:
        self.problems.append(Problem(self._mark(event), ".".join(map(str, path)), value, cure))
