"""Whether words were heard: as a person would say, not letter by letter. Pure.

Recognition writes `9` or "nine", "oh" or "o", with any punctuation and capitals.
"""

from __future__ import annotations

import re

import re2

from gateway.rehearsal.numerals import spelled

LIKE = 2 / 3
"""The part of a sentence's words that is enough for the sentence."""
SMALL = frozenset(("a", "an", "the", "is", "are", "to", "of", "and", "in", "on", "at", "for", "it"))
"""Words that say little, and are heard badly."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def plain(text: str) -> str:
    """Return a text in small letters, numbers in words, one space between words, no punctuation."""
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    return " ".join("o" if word == "oh" else spelled(word) for word in words)


def found(wanted: str, text: str) -> bool:
    """Return whether words, or a regular expression between slashes, stand in a text.

    An expression sees the text as it was recognised, whatever the case; words are compared as spoken.
    """
    if len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
        return re2.search(f"(?i){wanted[1:-1]}", text) is not None
    return f" {plain(wanted)} " in f" {plain(text)} "


def alike(wanted: str, text: str) -> bool:
    """Return whether two thirds of a sentence's words stand in a text, in any order."""
    words = set(plain(wanted).split())
    words = words - SMALL or words
    return len(words & set(plain(text).split())) >= LIKE * len(words)
