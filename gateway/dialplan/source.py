"""One YAML file as plain data that still knows at which line and column each key stood.

PyYAML's composer in C gives nodes with their places; the values are built here, by the rules of YAML 1.2:
`on` and `no` are words, `17:30` and `2026-12-25` are texts, not a sum of minutes and a date object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gateway.dialplan.problems import Mark, Problem

MAX_BYTES = 1_000_000
"""A plan is a page or two. A file beyond this is a mistake, and would hold up everybody while it is read."""

MAX_NODES = 20_000
"""Aliases can make a small file enormous; a plan with this many values is not one."""

Path_ = tuple[str | int, ...]


class _Loader(yaml.CSafeLoader):
    """Composes nodes with the scalars of YAML 1.2's core schema."""


_Loader.yaml_implicit_resolvers = {}

for _tag, _regex, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_regex})$"), list(_first))


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


def read(file: Path) -> Source:
    """Read a file; what cannot be read is a problem in the result, never an exception."""
    try:
        if file.stat().st_size > MAX_BYTES:
            return _unusable(file, f"larger than {MAX_BYTES} bytes; split it")
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return _unusable(file, f"not UTF-8 at byte {error.start}; save it as UTF-8")
    except OSError as error:
        return _unusable(file, f"cannot be read: {error.strerror}")
    return parse(file, text)


def parse(file: Path, text: str) -> Source:
    """Read the text of a file."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(file, at.line + 1, at.column + 1) if at else Mark(file)
        what = " ".join(filter(None, (error.context, error.problem)))
        return Source(file, problems=(Problem(mark, "", None, f"not YAML: {what}"),))
    except (yaml.YAMLError, RecursionError) as error:
        return _unusable(file, f"not YAML: {str(error).splitlines()[0]}")
    if not isinstance(node, yaml.MappingNode):
        return _unusable(file, "a plan is a mapping of keys; see the guide for examples")
    return _Reader(file).build(node)


def _unusable(file: Path, cure: str) -> Source:
    return Source(file, problems=(Problem(Mark(file), "", None, cure),))


class _Reader:
    """Builds data from nodes and remembers places and mistakes on the way."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.marks: dict[Path_, Mark] = {}
        self.problems: list[Problem] = []
        self.nodes = 0

    def build(self, node: yaml.MappingNode) -> Source:
        self.marks[()] = Mark(self.file, 1, 1)
        try:
            data = self._mapping(node, ())
        except OverflowError:
            return _unusable(self.file, f"more than {MAX_NODES} values; are aliases nested in aliases?")
        return Source(self.file, data, self.marks, tuple(self.problems))

    def _value(self, node: yaml.Node, path: Path_) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise OverflowError
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, child in enumerate(node.value):
                self.marks[(*path, index)] = self._mark(child)
                items.append(self._value(child, (*path, index)))
            return items
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None or key == "<<":
                cure = "merge keys are not read; use extends" if key else "a key must be a word"
                self._problem(key_node, path, key, cure)
                continue
            if key in data:
                first = self.marks[(*path, key)]
                self._problem(
                    key_node, (*path, key), None, f"written twice, first in line {first.line}; remove one"
                )
                continue
            self.marks[(*path, key)] = self._mark(key_node)
            data[key] = self._value(value_node, (*path, key))
        return data

    def _scalar(self, node: yaml.Node, path: Path_) -> Any:
        value: str = node.value
        match node.tag.rpartition(":")[2]:
            case "str":
                return value
            case "int":
                return int(value) if len(value) < 20 else value
            case "float":
                return float(value)
            case "bool":
                return value.lower() == "true"
            case "null":
                return None
        self._problem(node, path, value, f"the tag {node.tag} is not read; write the plain value")
        return None

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _problem(self, node: yaml.Node, path: Path_, value: object, cure: str) -> None:
        self.problems.append(Problem(self._mark(node), ".".join(map(str, path)), value, cure))
