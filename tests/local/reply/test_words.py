from __future__ import annotations

import pytest

from gateway.local.reply.words import after, has, plain, word_list


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What's the time?", "what is the time"),
        ("Good-by.", "goodbye"),
        ("Are you open to-day?", "are you open today"),
        ("Okay, let\u2019s go!", "ok let us go"),
        ("What is twenty-five plus 1,250?", "what is twenty five plus 1250"),
        ("It is 9:30, 3.5 miles.", "it is 9:30 3.5 miles"),
        ("P. E. T. E. R.", "p e t e r"),
        ("", ""),
        ("...", ""),
    ],
)
def test_plain_words(text: str, words: str) -> None:
    """Case, punctuation and contractions go; what numbers and times need stays."""
    assert plain(text) == words


def test_whole_words_only() -> None:
    """`hi` is not found in `this`."""
    assert has("hi there", "hi")
    assert not has("this is it", "hi")


def test_what_follows() -> None:
    """The rest after a pattern, or None without it."""
    assert after("please repeat after me, one two", "repeat after me") == "one two"
    assert after("hello", "repeat") is None


def test_word_list() -> None:
    """A list of words is written as a text."""
    assert word_list("a b") == ["a", "b"]
