"""Whether words were heard, as recognition writes them."""

from __future__ import annotations

import pytest

from gateway.rehearsal.wording import alike, found, plain


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("nine", "We open at 9."),
        ("9", "We open at nine"),
        ("half past eight", "It's half past eight!"),
        ("9:30", "at nine thirty"),
        ("five oh four", "It is five o four."),
        ("forty eight", "Twelve times four is 48."),
        ("I'm sorry", "I\u2019m sorry, what?"),
        ("/open(ed)? (at|from)/", "OPEN FROM nine"),
        ("/^hello/", "Hello there"),
    ],
)
def test_heard(wanted: str, text: str) -> None:
    assert found(wanted, text)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("nine", "ninety"),
        ("open", "opening"),
        ("past half", "half past"),
        ("/^there/", "hello there"),
        ("x", ""),
    ],
)
def test_not_heard(wanted: str, text: str) -> None:
    assert not found(wanted, text)


def test_alike() -> None:
    sentence = "We are open from Monday to Friday, from nine to five."
    assert alike(sentence, "we're open monday to friday 9 to 5")
    assert not alike(sentence, "we are closed on Monday")
    assert alike("it is on", "It is on.")
    assert not alike("it is on", "no")


def test_plain() -> None:
    assert plain("  Hello, WORLD! 2nd try_out. ") == "hello world two try out"
