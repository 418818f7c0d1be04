"""Plain words of what was said: lower case, no punctuation, contractions opened."""

from __future__ import annotations

import re

_CONTRACTIONS = {
    "what's": "what is",
    "whats": "what is",
    "who's": "who is",
    "where's": "where is",
    "when's": "when is",
    "how's": "how is",
    "that's": "that is",
    "it's": "it is",
    "there's": "there is",
    "i'm": "i am",
    "i'd": "i would",
    "i'll": "i will",
    "i've": "i have",
    "you're": "you are",
    "we're": "we are",
    "can't": "cannot",
    "don't": "do not",
    "didn't": "did not",
    "doesn't": "does not",
    "isn't": "is not",
    "let's": "let us",
    "good-by": "goodbye",
    "good-bye": "goodbye",
    "bye-bye": "bye bye",
    "o'clock": "oclock",
    "okay": "ok",
    "to-day": "today",
    "to-morrow": "tomorrow",
    "to-night": "tonight",
}


def word_list(text: str) -> list[str]:
    """Write a list of words without quotes around each."""
    return text.split()


def plain(text: str) -> str:
    """Return the words alone. Decimals and times keep their marks: `3.5`, `9:30`."""
    lowered = text.lower().replace("\u2019", "'")
    for short, long in _CONTRACTIONS.items():
        lowered = re.sub(rf"(?<![\w'-]){re.escape(short)}(?![\w'-])", long, lowered)
    lowered = re.sub(r"(\d),(\d{3})(?!\d)", r"\1\2", lowered)
    lowered = re.sub(r"(?<!\d)[.:]|[.:](?!\d)", " ", lowered)
    lowered = re.sub(r"(?<=\w)-(?=\w)", " ", lowered)
    return " ".join(re.sub(r"[^\w\s.:'+*/%÷\u00d7=@-]", " ", lowered).split())


def has(text: str, *patterns: str) -> bool:
    """Return whether any of these patterns occurs in `text` as whole words."""
    return any(re.search(rf"\b(?:{pattern})\b", text) for pattern in patterns)


def after(text: str, *starts: str) -> str | None:
    """Return what follows the first of these patterns that occurs, or None."""
    for start in starts:
        found = re.search(rf"\b(?:{start})\b[\s,:]*", text, re.IGNORECASE)
        if found:
            return text[found.end() :].strip()
    return None
