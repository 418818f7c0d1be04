"""Questions to whoever counts for several processes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.calls import shared_answers
from gateway.calls.shared_answers import SharedAnswers
from gateway.calls.shared_state import CountAway


async def says(answer: object) -> Any:
    """Answer, or raise."""
    if isinstance(answer, Exception):
        raise answer
    return answer


async def test_an_answer_is_taken() -> None:
    """As it is, and otherwise what this process knows; that nobody answers is said once an outage."""
    answers = SharedAnswers()
    with capture_logs() as lines:
        told = [
            await answers.ask(says(one), otherwise="ours")
            for one in (False, OSError("a"), OSError("b"), True, OSError("c"))
        ]
    assert told == [False, "ours", "ours", True, "ours"]
    assert [(line["event"], line["error"]) for line in lines] == [
        ("admission.unanswered", "a"),
        ("admission.unanswered", "c"),
    ]


async def test_who_has_said_so_himself() -> None:
    """Is not told of again."""
    with capture_logs() as lines:
        assert await SharedAnswers().ask(says(CountAway("away")), otherwise=3) == 3
    assert lines == []


async def test_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller hears nothing yet."""
    monkeypatch.setattr(shared_answers, "ASK_WITHIN", 0.05)
    assert await SharedAnswers().ask(asyncio.sleep(60, "late"), otherwise="ours") == "ours"
