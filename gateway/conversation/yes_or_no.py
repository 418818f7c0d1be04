"""Whether somebody has said yes. Pure.

What is done on a yes may not be to be undone, so a no anywhere in the words wins, and so does doubt.
"""

from __future__ import annotations

import re
import unicodedata

MOST_WORDS = 14
"""Whoever says more than that has something else in mind."""

_YES = (
    "yes|yeah|yep|yup|yea|sure|ok|okay|alright|all right|absolutely|definitely|certainly|of course|correct"
    "|that is right|that s right|thats right|go ahead|please do|do it|do that|fine|i agree|agreed"  # English
    "|ja|jawohl|jo|gern|gerne|klar|natuerlich|sicher|einverstanden|in ordnung|genau|machen sie"  # German
    "|oui|ouais|d accord|bien sur|volontiers|allez y|c est bon"  # French
    "|si|claro|vale|de acuerdo|por supuesto|adelante|desde luego"  # Spanish
    "|certo|va bene|d accordo|certamente"  # Italian
    "|graag|zeker|akkoord|prima"  # Dutch
    "|sim|com certeza|pode ser"  # Portuguese
    "|tak|oczywiscie|zgoda|dobrze"  # Polish
)
_NO = (
    "no|nope|nah|not|dont|do not|never|cancel|stop|wait|hold on|rather not|another|instead|wrong"
    "|nein|nee|nicht|kein|keine|lieber|falsch|moment|halt|warten"
    "|non|pas|jamais|attendez"
    "|nunca|espere|cancela|tampoco"
    "|aspetti|annulla"
    "|niet|geen"
    "|nao|espera"
    "|nie"
)
_IS_YES = re.compile(rf"\b(?:{_YES})\b")
_IS_NO = re.compile(rf"\b(?:{_NO})\b")


def said_yes(text: str) -> bool | None:
    """Return whether that was a yes or a no; None if it was neither."""
    words = _plain(text)
    if _IS_NO.search(words):
        return False
    if not words or len(words.split()) > MOST_WORDS:
        return None
    return True if _IS_YES.search(words) else None


def _plain(text: str) -> str:
    """Return a text in small letters, without accents or anything but words."""
    text = text.lower().replace("\u2019", "'").replace("n't", " not").replace("ß", "ss")
    text = text.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))
