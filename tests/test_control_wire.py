"""Calls and what happens in them as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from gateway.call import (
    AddImage,
    Answered,
    CostUpdated,
    Ending,
    LegEnded,
    LegState,
    MediaStatistics,
    Party,
    Play,
    Reason,
    Result,
)
from gateway.control import CallOver, CallView, Watched
from gateway.control_wire import view_json, watched_line

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
VIEW = CallView(
    id="471a26b2",
    sip_call_id="x@y",
    caller=Party("+15551230001", "host", "Ann"),
    called=Party("100"),
    source="192.0.2.1:5060",
    state=LegState.ANSWERED,
    plan="night",
    first_plan="day",
    action="agent",
    since=NOON,
    seconds=9.5,
    talk_seconds=None,
    turns=1,
    barge_ins=2,
    digits=3,
    tools=4,
    cost_usd=Decimal("0.25"),
)


def test_a_call() -> None:
    """Numbers instead of parties, words instead of states, no value without JSON."""
    told = view_json(VIEW)
    assert orjson.loads(orjson.dumps(told)) == told
    assert (told["caller"], told["called"], told["state"]) == ("+15551230001", "100", "answered")
    assert (told["since"], told["cost_usd"]) == ("2026-11-27T12:00:00.000+00:00", 0.25)
    assert set(told) == set(CallView.__slots__)


def heard(line: Watched) -> dict[str, Any]:
    """Return what a watcher reads."""
    told = watched_line(line)
    assert told.endswith(b"\n")
    read: dict[str, Any] = orjson.loads(told)["watched"]
    return read


def test_what_happens() -> None:
    """By the name of its type; sound and pictures by their size; what was lost only where something was."""
    ending = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
    for event, own in (
        (Answered(), {}),
        (Play("i1", b"\0" * 960), {"item_id": "i1", "pcm": "960 bytes", "words": ""}),
        (AddImage("data:x"), {"url": "6 characters", "text": ""}),
        (CostUpdated(Decimal("0.25")), {"usd": 0.25, "complete": True, "tokens_in": 0, "tokens_out": 0}),
        (LegEnded(ending, MediaStatistics(1, 2, 3, 4, 5, 6)), None),
        (CallOver(VIEW, ending), None),
    ):
        told = heard(Watched("c1", NOON, event))
        assert (told["call"], told["what"], "lost" in told) == ("c1", type(event).__name__, False)
        assert own is None or told["is"] == own
    assert told["is"]["view"]["id"] == "471a26b2"
    assert told["is"]["ending"] == {"result": "completed", "reason": "caller_hung_up", "status": 200}
    assert heard(Watched("c1", NOON, Answered(), lost=7))["lost"] == 7
