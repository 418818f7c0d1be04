"""A yes or a no while something waits for it: whoever asked hears it, and the agent says only that it did."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.local.reply.words import plain
from gateway.local.vocabulary import HeardTurn

YES = "All right, one moment."
NO = "All right, I will leave it."
_YES = re.compile(r"^(?:yes|yeah|yep|yup|sure|ok|okay|alright|all right|please do|go ahead|do it)\b")
_NO = re.compile(r"^(?:no|nope|do not|stop|cancel)\b")


def answer_waiting(text: str, turns: Sequence[HeardTurn]) -> str | None:
    """Return what is said to a yes or a no that a call waits for; None for anything else.

    A call waits that has no result yet, and so does a request of the client's to agree.
    """
    results = {turn.call_id for turn in turns if turn.role == "tool"}
    if all(turn.call_id in results for turn in turns if turn.name):
        return None
    words = plain(text)
    if _YES.search(words):
        return YES
    return NO if _NO.search(words) else None
