"""Records of calls that never were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.records.call_record import CallRecord, Line, Moment

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def record(call: str, minutes: float = 0, **more: Any) -> CallRecord:
    """Return the record of a call that goes on, begun so many minutes after noon."""
    known = {"began": NOON + timedelta(minutes=minutes), "caller": "+442079460123", "called": "100"}
    return CallRecord(call=call, **known | more)


def ended(call: str, minutes: float = 0, **more: Any) -> CallRecord:
    """Return the record of a call that is over."""
    outcome = {"result": "completed", "reason": "caller_hung_up", "status": 200, "seconds": 8.5}
    kept = {
        "figures": {"turns": 2, "packets_in": 425},
        "moments": (Moment(120, "answered"), Moment(2500, "barge_in", {"heard_ms": 900})),
        "transcript": (Line(200, "agent", "Hello."), Line(2400, "caller", "Stop.", cut=False)),
    }
    return record(call, minutes, **outcome | kept | more)
