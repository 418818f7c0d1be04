"""What is done only if the caller agrees: that it is wanted (a fact), and how they answered (an order)."""

from __future__ import annotations

from dataclasses import dataclass


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
