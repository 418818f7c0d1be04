"""Expressions of plans against text of callers: whatever meets whatever, the answer comes at once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.regex import MEMORY, Regex, escape

# Each takes Python's engine longer than anybody would wait for this test.
CATASTROPHES = [
    ("(a+)+b", "a" * 1000),
    ("(a|aa)+b", "a" * 1000),
    ("(.*)*b", "a" * 1000),
    ("([a-z]+)*[0-9]", "a" * 1000),
    ("(x+x+)+y", "x" * 1000),
    ("((a*)*)*b", "a" * 1000),
    ("(a?){500}a{500}b", "a" * 1000),
    (".*.*.*.*.*.*.*=", "=" * 1000 + "!"),
    ("([+]?[0-9]+-?)+x", "+1555123" * 100),
]


@pytest.mark.parametrize(("pattern", "text"), CATASTROPHES)
def test_no_expression_takes_longer_than_its_text(pattern: str, text: str) -> None:
    """What an engine with back-tracking would try in more ways than there are atoms is just no match."""
    assert not Regex(pattern).fullmatch(text)
    assert not Regex("^(" + pattern + ")$").search(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "[",
        "a**",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        r"(a)\1",
        "(?P<x>a)(?P=x)",
        "(?>a)",
        "a++",
        r"\Z",
        "a{1001}",
    ],
)
def test_what_would_need_back_tracking_is_refused(pattern: str) -> None:
    """With the engine's reason and what to write instead."""
    with pytest.raises(ValueError, match=r"not a regular expression: .*; write it as RE2 understands it"):
        Regex(pattern)


def test_an_expression_has_a_size() -> None:
    """A larger one would take its time over every call."""
    assert Regex("|".join(f"[+]1555{n:07}" for n in range(300))).fullmatch("+15550000299")
    with pytest.raises(ValueError, match="too large"):
        Regex("(.{0,100}x){0,10}(.{0,100}y){0,10}" * (MEMORY >> 16))


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\udc80b", "a\U0001f600b"])
def test_any_text_can_be_matched(text: str) -> None:
    """Nothing slips through `.` for being no letter, half a character or a line's end."""
    assert Regex("a.b").fullmatch(text)
    assert Regex(".").search(text)
    assert not Regex("ab").fullmatch(text)


def test_capitals_do_not_matter() -> None:
    """Outside of ASCII neither."""
    assert Regex("spring|ÄRGER").fullmatch("SPRING")
    assert Regex("spring|ÄRGER").fullmatch("ärger")


@given(st.text(), st.text())
def test_an_escaped_text_matches_itself(text: str, other: str) -> None:
    """And no other text, but for capitals."""
    assert Regex(escape(text)).fullmatch(text)
    if text.casefold() != other.casefold():
        assert not Regex(escape(text)).fullmatch(other)


@given(st.text(alphabet="ab01+.*?|()[]-{}^$\\", max_size=12), st.text(alphabet="ab01+", max_size=8))
def test_it_means_what_it_means_to_python(pattern: str, text: str) -> None:
    """Where both engines take an expression, they find the same."""
    try:
        ours, theirs = Regex(pattern), re.compile(pattern, re.IGNORECASE | re.DOTALL | re.ASCII)
    except (ValueError, re.error, FutureWarning):
        return
    assert ours.fullmatch(text) is (theirs.fullmatch(text) is not None)
