"""Signs that a caller listens, said over the agent: "mm-hm", "yeah", "I see". They ask for nothing. Pure."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")
_DESCRIBED = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|<[^>]*>")
"""A sound that has no words, as recognisers write it: "[laughter]", "(coughs)", "*sighs*"."""
_HUM = re.compile(r"(?=[a-z]{1,4}$)[mhuaoe]+r?n?|[mhu]+|a?(?:h[aeiou]+){2,}h?")
"""What a hum or a laugh is written as: it has no letters of its own, and is often heard as a word ("her",
"mama").
"""
_WORDS = frozenset(["home", "hour", "hear"])
"""Of such letters, and no hum."""
_SIGNS = frozenset(
    word
    for line in (
        "yeah yep yes yup okay ok right sure true exactly indeed really wow great good nice cool fine",
        "alright all see i got it of course understand understood gotcha interesting absolutely",
        "definitely perfect",
        "you the a thank",  # what recognisers make of noises, alone over an agent no wish of anybody's
        "ja jo genau klar gut stimmt richtig achso ach so verstehe",
        "oui ouais bien d accord entendu si claro vale bueno entiendo certo bene capito goed precies",
    )
    for word in line.split()
)
"""Words of which such a sign consists: English, German, French, Spanish, Italian, Dutch."""
MOST_WORDS = 4


def is_backchannel(text: str) -> bool:
    """Return whether this says no more than that the caller listens; nothing at all does, and a laugh."""
    words = _WORD.findall(_DESCRIBED.sub(" ", text).lower())
    signs = [word for word in words if not _is_hum(word)]
    return len(signs) <= MOST_WORDS and all(word in _SIGNS for word in signs)


def _is_hum(word: str) -> bool:
    return _HUM.fullmatch(word) is not None and word not in _WORDS
