"""What a caller said in two turns because of a pause for thought: one sentence, to be answered as one."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.local.vocabulary import HeardTurn, Recognised
from gateway.sentence_end import looks_finished


def with_first_half(heard: Recognised, turns: Sequence[HeardTurn]) -> Recognised:
    """Return the words of the last turn behind those before it that were not all of a sentence.

    Only of turns that nothing was said to: an agent's words in between were the answer to what was before.
    """
    last = next((place for place in reversed(range(len(turns))) if turns[place].role == "user"), 0)
    halves: list[str] = []
    for turn in reversed(turns[:last]):
        if turn.role != "user" or not turn.text or looks_finished(turn.text):
            break
        halves.insert(0, turn.text.rstrip(" .,!?\u2026"))
    return Recognised(" ".join([*halves, heard.text]), heard.confidence) if halves and heard.text else heard
