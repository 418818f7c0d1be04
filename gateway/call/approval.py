"""What is done only if the caller agrees: that it is wanted (a fact), and how they answered (an order)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_QUESTION = 200
"""Characters of what a caller is asked."""
_FIELD = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """A function is called only if the caller agrees to it: `question` is what they are to be asked.

    `request_id`: the id of the function's call, or, where the provider calls it, of its own request.
    """

    request_id: str
    question: str


@dataclass(frozen=True, slots=True)
class AnswerApproval:
    """Say whether the caller has agreed to what they were asked; `why`: if not by what they said."""

    request_id: str
    approve: bool
    why: str = ""


def approval_question(tool: str, arguments: Mapping[str, Any], words: str = "") -> str:
    """Return what the caller is asked: the plan's `words` with the arguments in them, or words of our own."""
    if words:
        filled = _FIELD.sub(lambda match: _spoken(arguments.get(match[1], match[0])), words)
        return filled[:LONGEST_QUESTION]
    given = ", ".join(f"{name.replace('_', ' ')} {_spoken(value)}" for name, value in arguments.items())
    what = tool.replace("_", " ") + (f", {given}" if given else "")
    return f"May I do this: {what}? Please say yes or no."[:LONGEST_QUESTION]


def _spoken(value: object) -> str:
    return " ".join(str(value).replace('"', "'").split())
