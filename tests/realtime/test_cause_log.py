from __future__ import annotations

import asyncio
from collections.abc import Sequence

from structlog.contextvars import bound_contextvars, get_contextvars
from structlog.testing import capture_logs

from gateway.call import SessionFault, SessionLost
from gateway.realtime.cause_log import MOST_CAUSES, CauseLog
from tests.equipment.patience import within

LOST = SessionLost("connect_failed", "model.example: nobody listens there")


async def until_told(logs: Sequence[object], count: int) -> None:
    async with within(5):
        while len(logs) < count:  # noqa: ASYNC110 - a log is no event
            await asyncio.sleep(0.01)


async def test_a_cause_is_told_at_once_and_then_once_a_minute_with_a_count() -> None:
    """Seven attempts are two lines; another cause has its own."""
    causes = CauseLog(period=0.1)
    with capture_logs() as logs:
        for _ in range(7):
            causes.ended("lab", LOST, was_ready=False)
        causes.ended("other", LOST, was_ready=False)
        assert [(line["provider"], line["times"]) for line in logs] == [("lab", 1), ("other", 1)]
        assert logs[0]["event"] == "session.refused"
        assert logs[0]["message"] == LOST.message
        await until_told(logs, 3)
        assert (logs[2]["provider"], logs[2]["times"]) == ("lab", 6)


async def test_one_that_has_gone_is_forgotten() -> None:
    """What comes back after a quiet minute is told at once."""
    causes = CauseLog(period=0.05)
    with capture_logs() as logs:
        causes.ended("lab", LOST, was_ready=False)
        await asyncio.sleep(0.2)
        causes.ended("lab", LOST, was_ready=False)
    assert [line["times"] for line in logs] == [1, 1]


async def test_the_id_of_a_request_makes_no_other_cause() -> None:
    """What differs from attempt to attempt does not count; a number that means something does."""
    causes = CauseLog()
    with capture_logs() as logs:
        for number in range(5):
            causes.told("lab", SessionFault("server_error", f"Request req_8f3a2b1c{number} failed"))
        causes.told("lab", SessionFault("format_refused", "at 8000 Hz"))
        causes.told("lab", SessionFault("format_refused", "at 16000 Hz"))
    assert len(logs) == 3


async def test_races_are_no_faults() -> None:
    """Nobody can avoid them, nobody has to know."""
    causes = CauseLog()
    with capture_logs() as logs:
        causes.told("lab", SessionFault("response_cancel_not_active", "none"))
        causes.told("lab", SessionFault("invalid_value", "Audio of 40ms is already shorter than 125ms"))
    assert logs == []


async def test_the_count_is_no_calls_own() -> None:
    """The first line names the call that met it; the count is of all calls."""
    causes = CauseLog(period=0.05)
    seen: list[dict[str, object]] = []

    def keep(**_fields: object) -> None:
        seen.append(get_contextvars())

    with bound_contextvars(call="c1"):
        for _ in range(2):
            causes._tell(keep, {"provider": "lab"})
    await until_told(seen, 2)
    assert seen == [{"call": "c1"}, {}]


async def test_causes_are_bounded() -> None:
    """A server whose text is another each time fills no memory."""
    causes = CauseLog()
    with capture_logs():
        for number in range(2 * MOST_CAUSES):
            causes.ended(f"p{number}", LOST, was_ready=False)
    assert len(causes._causes) == MOST_CAUSES


async def test_a_session_that_was_there_is_told_each_time() -> None:
    """Its loss is an event of one call."""
    causes = CauseLog()
    with capture_logs() as logs:
        for _ in range(2):
            causes.ended("lab", LOST, was_ready=True)
    assert [line["event"] for line in logs] == ["session.ended"] * 2
