"""What a model is told of a transfer, whoever wanted it."""

from __future__ import annotations

import json

import pytest

from gateway.call import ToolThen, TransferOutcome
from gateway.tools.transfers import put_through
from tests.tools.test_telephony import Desk


@pytest.mark.parametrize(
    ("outcome", "back", "told", "then"),
    [
        (TransferOutcome.TRANSFERRED, False, {"transferred": True}, ToolThen.WAIT),
        (
            TransferOutcome.TRANSFERRED,
            True,
            {"transferred": True, "note": "They have talked, and the caller is back with you."},
            ToolThen.SPEAK,
        ),
        (TransferOutcome.BUSY, False, {"transferred": False, "why": "they are busy"}, ToolThen.SPEAK),
        (
            TransferOutcome.NO_ANSWER,
            False,
            {"transferred": False, "why": "they did not answer"},
            ToolThen.SPEAK,
        ),
        (TransferOutcome.STOPPED, False, {"transferred": False, "why": "it was stopped"}, ToolThen.SPEAK),
    ],
)
async def test_how_it_came_out(
    outcome: TransferOutcome, back: bool, told: dict[str, object], then: ToolThen
) -> None:
    """The agent speaks where it has the caller again."""
    desk = Desk()
    desk.outcome, desk.back = outcome, back
    result = await put_through(desk, "sales", "2", "Ann", "tool x", {"result": "r"})
    assert (json.loads(result.text), result.then) == ({"result": "r", **told}, then)
    assert desk.asked == [("transfer", "sales", "2", "Ann", "tool x")]


async def test_tried_without_a_call() -> None:
    """`gateway tool` puts nobody through."""
    assert "without a call" in (await put_through(None, "sales", "", "", "tool x")).text
