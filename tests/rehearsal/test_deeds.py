"""What a gateway did, out of its lines."""

from __future__ import annotations

import orjson
import pytest

from gateway.rehearsal.deeds import CalledFunction, Deeds, DeedsOfCalls, TriedTransfer


def _journal(*lines: dict[str, object]) -> list[bytes]:
    return [orjson.dumps(line) for line in lines]


def test_a_call_that_the_gateway_made() -> None:
    """It is known by the gateway's own id."""
    deeds = DeedsOfCalls()
    assert deeds.of_call("c1") is None
    deeds.log_line({"event": "call.started", "call": "c1", "plan": "reminder"})
    deeds.log_line({"event": "call.ended", "call": "c1", "reason": "message_left", "status": 200})
    told = deeds.of_call("c1")
    assert told is not None
    assert (told.plans, told.ended_by) == (("reminder",), "agent")


def test_a_call_from_its_lines() -> None:
    deeds = DeedsOfCalls()
    assert deeds.of("x@y") is None
    called = {"name": "price", "arguments": '{"item": "tea"}', "call_id": "1", "response_id": "2"}
    odd = {"name": "hang_up", "arguments": "{", "call_id": "1", "response_id": "2"}
    deeds.journal(
        _journal(
            {"what": "Began", "at": 1.0},
            {"call": "c1", "sip_call_id": "x@y"},
            {"call": "c1", "at": 2.0, "what": "ToolCalled", "is": called},
            {"call": "c1", "at": 3.0, "what": "ToolCalled", "is": odd},
        )
    )
    for line in (
        {"event": "gateway.ready"},
        {"event": "call.started", "call": "c1", "plan": "front"},
        {"event": "call.onward", "call": "c1", "plan": "sales"},
        {"event": "call.answered", "call": "c1"},
        {"event": "call.ended", "call": "c1", "reason": "agent_hung_up", "status": 200, "cost_usd": 0.01},
    ):
        deeds.log_line(line)
    assert deeds.of("x@y") == Deeds(
        ("front", "sales"),
        (CalledFunction("price", {"item": "tea"}), CalledFunction("hang_up")),
        "agent_hung_up",
        200,
        0.01,
    )
    assert deeds.of("z") is None


@pytest.mark.parametrize(
    ("reason", "by"),
    [
        ("caller_hung_up", "caller"),
        ("agent_hung_up", "agent"),
        ("plan_finished", "agent"),
        ("max_duration", "gateway"),
        (None, "gateway"),
    ],
)
def test_who_ended_it(reason: str | None, by: str) -> None:
    assert Deeds(reason=reason).ended_by == by


def test_transfers_and_how_they_came_out() -> None:
    """The last may not be over yet."""
    deeds = DeedsOfCalls()
    deeds.journal(
        _journal(
            {"call": "c1", "sip_call_id": "x@y"},
            {"call": "c1", "at": 1.0, "what": "TransferEnded", "is": {"target": "lost", "outcome": "busy"}},
            {"call": "c1", "at": 2.0, "what": "TransferBegan", "is": {"target": "sales", "mode": "bridge"}},
            {"call": "c1", "at": 3.0, "what": "TransferEnded", "is": {"target": "sales", "outcome": "busy"}},
            {"call": "c1", "at": 4.0, "what": "TransferBegan", "is": {"target": "support", "mode": "blind"}},
        )
    )
    told = deeds.of("x@y")
    assert told is not None
    assert told.transfers == (
        TriedTransfer("sales", "bridge", "busy"),
        TriedTransfer("support", "blind"),
    )
