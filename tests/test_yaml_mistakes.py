"""A file that is not YAML is told in one plain line: where, what, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadInput
from gateway.yaml_mistakes import YamlMistake, decode, explain, load

JARGON = ("scanning", "parsing", "token", "flow", "scalar", "stream", "block mapping", "not YAML")
"""libyaml's words for its own grammar."""


def mistake(text: str) -> YamlMistake:
    """Return what is wrong with a text that must be wrong."""
    with pytest.raises(yaml.YAMLError) as raised:
        yaml.load(text, Loader=yaml.CSafeLoader)
    return explain(text, raised.value)


@pytest.mark.parametrize(
    ("text", "line", "column", "cure"),
    [
        ("a:\n\tb: 1\n", 2, 1, "a tab"),
        ("agent:\n  x: 1\n\ty: 2\n", 3, 1, "a tab"),
        ("a: 1\r\nb:\r\n\tc: 2\r\n", 3, 1, "a tab"),
        ("a:\n  \tb: 1\n  c: 2\n", 2, 3, "a tab"),
        ("say: Sorry: we are closed\n", 1, 11, "quotes"),
        ("agent:\n  instructions: You are: nice\n  voice: x\n", 2, 24, "quotes"),
        ("say: \u201cHello: you\u201d\n", 1, 12, "quotes"),
        ("agent: {a: {b: 1}\nx: 2\n", 1, 8, "brace { is never closed: write }"),
        ("numbers: [1, 2\nagent: {}\n", 1, 10, "bracket [ is never closed: write ]"),
        ("numbers: [\n", 1, 10, "bracket [ is never closed"),
        ("numbers: [1,, 2]\n", 1, 13, "a value is missing"),
        ("say: 'abc\nagent: x\n", 1, 6, "quote ' is never closed"),
        ('x: 1\nsay: "abc\nagent: x\n', 2, 6, 'quote " is never closed'),
        ('say: "a" b\n', 1, 10, "within the quotes"),
        ("agent:\n  a: 1\n b: 2\n", 3, 2, "indented by 1, line 2 by 2"),
        ("agent:\n  a: 1\n   b: 2\n", 3, 4, "indented by 3, line 2 by 2"),
        ("numbers: ['1']\nagent:x\nvoice: y\n", 2, 7, "space after the colon"),
        ("say: |\nabc\nx: 1\n", 2, 1, "indented under its key"),
        ("numbers: [*]\n", 1, 12, "'*'"),
        ("say: &\n", 1, 7, "'&'"),
        ("say: %x\n", 1, 6, "begin with %"),
        ("say: @home\n", 1, 6, "begin with @"),
        ("say: `x`\n", 1, 6, "begin with `"),
        ('say: "a\\d"\n', 1, 8, "single quotes"),
        ("x: 1\nsay: - a\n", 2, 6, "a line of its own"),
        ("say: |x\n  abc\n", 1, 7, "next line"),
        (": 1\n", 1, 1, "a key is missing"),
        ("a: 1\nb: \x07\n", 2, 4, "control character (U+0007)"),
    ],
)
def test_a_mistake_is_told_where_it_was_made(text: str, line: int, column: int, cure: str) -> None:
    """Where a quote opens, not where the file ends; without the parser's own words."""
    found = mistake(text)
    assert (found.line, found.column) == (line, column)
    assert cure in found.cure
    assert not [word for word in JARGON if word in found.cure]


@pytest.mark.parametrize(
    ("data", "line", "column", "cure"),
    [
        (b"a: 1\nb: caf\xe9\n", 2, 7, "not UTF-8 (byte 0xe9): save the file as UTF-8"),
        ("a: 1\n".encode("utf-16"), 0, 0, "this is UTF-16: save the file as UTF-8"),
        (b"a: 1\n\x00\n", 2, 1, "control character (U+0000)"),
    ],
)
def test_a_file_that_is_no_text_is_told(data: bytes, line: int, column: int, cure: str) -> None:
    """With the place, where there is one."""
    found = decode(data)
    assert isinstance(found, YamlMistake)
    assert (found.line, found.column) == (line, column)
    assert cure in found.cure


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_it(tmp_path: Path) -> None:
    """Windows' editors write a BOM."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load(tmp_path / "a.yaml") == {"a": 1}


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """Missing, a folder, not YAML: each an error that names the file and the place."""
    (tmp_path / "b.yaml").write_text("a: 'b\n")
    for name, told in [("a.yaml", "there is no such file"), ("", "cannot be read"), ("b.yaml", "b.yaml:1:4")]:
        with pytest.raises(BadInput, match=told):
            load(tmp_path / name)


@settings(deadline=None)  # a busy machine is no mistake
@given(st.text(st.sampled_from("ab:-'\"{}[],#|>&*!%@`? \t\n\\0"), max_size=40))
def test_whatever_is_written_is_told_in_a_line_of_the_file(text: str) -> None:
    """No text breaks the explanation; its place is in the text, or right behind it."""
    try:
        list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        found = explain(text, error)
        assert 0 <= found.line <= text.count("\n") + 1
        assert "\n" not in found.cure
