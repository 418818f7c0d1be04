"""Signs that a caller listens, said over the agent: "mm-hm", "yeah", "I see". They ask for nothing. Pure."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")
_HUM = re.compile(r"(?=[a-z]{1,4}$)[mhuaoe]+r?n?|[mhu]+")
"""What a hum is written as: it has no letters of its own, and is often heard as a word ("her", "mama")."""
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
    """Return whether this says no more than that the caller listens; also nothing at all does."""
    words = _WORD.findall(text.lower())
    return len(words) <= MOST_WORDS and all(word in _SIGNS or _is_hum(word) for word in words)


def _is_hum(word: str) -> bool:
    return _HUM.fullmatch(word) is not None and word not in _WORDS
