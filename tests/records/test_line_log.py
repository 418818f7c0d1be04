"""What happens on a call's line, as it happens."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.call import (
    Answer,
    Answered,
    CallInfo,
    Digit,
    Held,
    OutsideOrder,
    Party,
    RecordingChanged,
    Resumed,
)
from gateway.records.line_log import MOST_HOLDS, MOST_KEYS, MOST_ORDERS, LineLog


def logged(*events: Any, shows_keys: bool) -> list[Any]:
    listen = LineLog(CallInfo("c1", "s", Party("1"), Party("2")), shows_keys=shows_keys)
    with capture_logs() as lines:
        for event in events:
            listen(event, 0.0)
    return [{name: value for name, value in line.items() if name != "log_level"} for line in lines]


@pytest.mark.parametrize(("shows_keys", "told"), [(True, {"digit": "5"}), (False, {})])
def test_the_answer_and_keys_are_logged(shows_keys: bool, told: dict[str, str]) -> None:
    """Under the call's id; which key it was only where what callers say is logged, too."""
    assert logged(Answer(), Answered(), Digit("5"), shows_keys=shows_keys) == [
        {"event": "call.answered", "call": "c1"},
        {"event": "call.key", "call": "c1", **told},
    ]


def test_keys_of_a_pause_are_nobodys_business() -> None:
    """Who pauses a recording is about to ask for a secret; afterwards keys are told again."""
    paused, resumed = RecordingChanged("paused", "agent"), RecordingChanged("resumed", "agent")
    told = logged(Digit("1"), paused, Digit("2"), resumed, Digit("3"), shows_keys=True)
    assert [line.get("digit") for line in told] == ["1", None, "3"]


def test_holds_are_logged_once() -> None:
    """A hold is told to each action of the call anew; it has one line."""
    told = logged(Held(), Held(), Resumed(), Resumed(), Held(), shows_keys=False)
    assert [line["event"] for line in told] == ["call.held", "call.resumed", "call.held"]


def test_who_orders_from_outside_is_logged() -> None:
    """Who it was, and what: an operator finds out why a call ended as it did."""
    assert logged(OutsideOrder("operator", "HangUp"), shows_keys=False) == [
        {"event": "call.ordered", "call": "c1", "by": "operator", "order": "HangUp"}
    ]


def test_nobody_fills_the_log() -> None:
    """After so many keys or holds of one call there are no more lines."""
    assert len(logged(*[Digit("1")] * 1000, shows_keys=True)) == MOST_KEYS
    assert len(logged(*[OutsideOrder("x", "Play")] * 1000, shows_keys=True)) == MOST_ORDERS
    assert len(logged(*[Held(), Resumed()] * 1000, shows_keys=True)) == MOST_HOLDS
