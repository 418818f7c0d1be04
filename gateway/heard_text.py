"""What a caller heard of a sentence that was cut off: an estimate, as words have no times. Pure."""

from __future__ import annotations

import unicodedata

MS_PER_LETTER = 65.0
"""How long a letter takes to be spoken: some fifteen a second, in most languages that have letters."""
LETTERS_PER_SIGN = 3.5
"""Chinese characters and kana are syllables: each is as long as so many letters."""
ENOUGH_MS = 1500
"""Speech of a voice's by which its pace is judged."""


class Pace:
    """How fast somebody speaks, judged by whole sentences."""

    def __init__(self) -> None:
        self._ms = 0
        self._letters = 0.0

    def learn(self, text: str, ms: int) -> None:
        """Take a text that was spoken to its end in so many ms."""
        self._ms += ms
        self._letters += letters(text)

    def ms(self, text: str) -> int:
        """Return how long a text takes to be spoken, in ms."""
        known = self._ms >= ENOUGH_MS and self._letters
        return round(letters(text) * (self._ms / self._letters if known else MS_PER_LETTER))


def as_heard(text: str, heard_ms: int, sent_ms: int) -> str:
    """Cut a text in proportion to the sound heard of it, at a word's end; "" if that is less than a word.

    A sentence of which all was heard, or of which nothing was sent that could be compared, stays whole.
    """
    if not sent_ms or heard_ms >= sent_ms:
        return text
    end = len(text) * heard_ms // sent_ms
    while end > 0 and not _word_ends(text, end):
        end -= 1
    whole_words = text[:end].rstrip()
    return f"{whole_words} ..." if whole_words else ""


def letters(text: str) -> float:
    """Return the length of a text as it is spoken, in letters."""
    signs = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) - signs + signs * LETTERS_PER_SIGN


def _word_ends(text: str, end: int) -> bool:
    """Return whether a word ends before this position; where no spaces are written, each sign is one."""
    if end >= len(text):
        return True
    return text[end].isspace() or any(
        unicodedata.east_asian_width(letter) in "WF" for letter in text[end - 1 : end + 1]
    )
