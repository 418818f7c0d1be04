"""A summary of a call, for those who ask for one out of band: what the caller said, as it was recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.local.vocabulary import HeardTurn


def summary_wanted(told: str, turns: Sequence[HeardTurn]) -> str | None:
    """Return a summary if the instructions ask for one."""
    if not re.search(r"\bsummar(?:y|i[sz]e)", told, re.IGNORECASE):
        return None
    asked = [turn.text.strip().rstrip(".?!") for turn in turns if turn.role == "user" and turn.text.strip()]
    if not asked:
        return "The caller said nothing."
    return f"The caller said: {'; '.join(asked)}."
