"""YAML is read by the rules of 1.2, with the place of every key, and whatever is wrong is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialplan.source import MAX_BYTES, Source, parse, read

FILE = Path("a.yaml")


def data(text: str) -> dict[str, Any]:
    """Read a text that must be fine."""
    source = parse(FILE, text)
    assert source.problems == ()
    return source.data


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("true", True),
        ("17:30", "17:30"),
        ("2026-12-25", "2026-12-25"),
        ("+15551230001", "+15551230001"),
        ("0301234", "0301234"),
        ("15551230001", 15551230001),
        ("99999999999999999999999", "99999999999999999999999"),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e3", "1e3"),
        ("~", None),
        ("null", None),
        ("", None),
        ("'1'", "1"),
        ("<<", "<<"),
    ],
)
def test_scalars_mean_what_they_look_like(written: str, value: object) -> None:
    """Times are not base 60, dates not objects, `no` is a country and `on` a word."""
    assert data(f"k: {written}\n") == {"k": value}


def test_every_key_and_item_knows_its_place() -> None:
    """Lines and columns count from one."""
    source = parse(FILE, "# hello\na: 1\nb:\n  - x\n  - c: {d: 2}\n")
    places = {path: (mark.line, mark.column) for path, mark in source.marks.items()}
    assert places == {
        (): (1, 1),
        ("a",): (2, 1),
        ("b",): (3, 1),
        ("b", 0): (4, 5),
        ("b", 1): (5, 5),
        ("b", 1, "c"): (5, 5),
        ("b", 1, "c", "d"): (5, 9),
    }


def test_a_key_that_is_not_there_has_the_place_of_what_is_around_it() -> None:
    """Where something is missing, something else stands."""
    source = parse(FILE, "a:\n  b: 1\n")
    assert source.mark(("a", "b", "c")).line == 2
    assert source.mark(("x",)).line == 1
    assert Source(FILE).mark(("x",)).line == 0


def test_a_key_written_twice_is_told_with_both_places() -> None:
    """YAML would silently take the last one."""
    (problem,) = parse(FILE, "a: 1\nb: 2\na: 3\n").problems
    assert (problem.mark.line, problem.key) == (3, "a")
    assert "first in line 1" in problem.cure


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: [1\nb: 2\n", 1, "bracket [ is never closed"),
        ("a: b: c\n", 1, "put the whole text in quotes"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: *nowhere\n", 1, "no such anchor"),
        ("a: \x07\n", 1, "control character"),
        ("- a\n- b\n", 0, "mapping"),
        ("hello\n", 0, "mapping"),
        ("", 0, "mapping"),
        ("? [a, b]\n: 1\n", 1, "a key must be a word"),
        ("b: &b {x: 1}\na:\n  <<: *b\n", 3, "extends"),
        ("a: !!python/object:os.system x\n", 1, "the tag"),
        ("a: !secret x\n", 1, "the tag"),
    ],
)
def test_what_is_not_a_plan_is_told(text: str, line: int, what: str) -> None:
    """With the line, where there is one."""
    problem = parse(FILE, text).problems[0]
    assert problem.mark.line == line
    assert what in problem.cure


def test_aliases_may_be_used() -> None:
    """They save writing a list of holidays twice."""
    assert data("a: &x [1, 2]\nb: *x\n") == {"a": [1, 2], "b": [1, 2]}


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    """Nine levels of nine would be a third of a billion values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    (problem,) = parse(FILE, "\n".join(lines)).problems
    assert "more than 20000 values" in problem.cure


def test_a_deep_hole_has_a_bottom() -> None:
    """Nesting without end is refused; PyYAML's composer would take the process with it."""
    for hole in ("[" * 99_000, "[" * 5000 + "]" * 5000, "- " * 99_000, "{a: " * 99_000, "? " * 99_000):
        (problem,) = parse(FILE, f"a:\n  {hole}").problems
        assert "in each other" in problem.cure


def test_an_alias_of_itself_is_refused() -> None:
    """It would never end."""
    assert parse(FILE, "a: &a [*a]\n").problems


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """Missing, too large, not UTF-8, a folder."""
    (tmp_path / "large.yaml").write_text("#" * (MAX_BYTES + 1))
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9\n")
    (tmp_path / "folder.yaml").mkdir()
    for name, what in [
        ("missing", "cannot be read"),
        ("large", "larger"),
        ("latin", "UTF-8"),
        ("folder", "cannot"),
    ]:
        (problem,) = read(tmp_path / f"{name}.yaml").problems
        assert what in problem.cure


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Some editors write one."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read(tmp_path / "a.yaml").data == {"a": 1}


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    """No exception, whatever the file holds."""
    assert isinstance(parse(FILE, text), Source)
