"""Numbers in words."""

from __future__ import annotations

import pytest

from gateway.rehearsal.numerals import spelled


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("0", "zero"),
        ("7", "seven"),
        ("13", "thirteen"),
        ("20", "twenty"),
        ("48", "forty eight"),
        ("100", "one hundred"),
        ("555", "five hundred fifty five"),
        ("2026", "two thousand twenty six"),
        ("999999", "nine hundred ninety nine thousand nine hundred ninety nine"),
        ("5551234", "five five five one two three four"),
        ("007", "zero zero seven"),
        ("3rd", "three"),
        ("5pm", "five pm"),
        ("hello", "hello"),
        ("\u0663", "\u0663"),
        ("", ""),
    ],
)
def test_spelled(word: str, words: str) -> None:
    assert spelled(word) == words
