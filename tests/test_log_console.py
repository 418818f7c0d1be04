"""Lines for people: short where a call ends, red where it failed, and harmless whatever a stranger wrote."""

from __future__ import annotations

import io

import pytest
import structlog

from gateway import log
from gateway.log_console import RED, Console

ENDED = {
    "event": "call.ended",
    "level": "info",
    "timestamp": "14:02:11.480213",
    "call": "471a26b2",
    "sip_call_id": "955cbacc9a@phone",
    "caller": "+15551230001",
    "called": "100",
    "plan": "reception",
    "last_plan": "reception",
    "result": "completed",
    "reason": "caller_hung_up",
    "status": 200,
    "seconds": 83.4,
    "talk_seconds": 83.1,
    "tokens_in": 4210,
}


def line(*, colours: bool = False, **fields: object) -> str:
    return Console("gateway", colours=colours)(None, "info", {**ENDED, **fields})


def test_the_end_of_a_call_is_short() -> None:
    """Who, where, how long, how it ended; the rest is for programs."""
    told = "x +15551230001 -> 100 (reception), 83.4 s: caller hung up"
    assert " ".join(line().split()) == f"14:02:11.480213 [info ] {told} call=471a26b2"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"last_plan": "sales"}, "100 (reception > sales), 83.4 s: caller hung up "),
        ({"plan": None, "last_plan": None, "status": 404, "reason": "no_plan", "talk_seconds": None},
         "100, 83.4 s, not answered: no plan (404) "),
        ({"caller": ""}, "x withheld -> 100 "),
        ({"caller": "\x1b[2J"}, r"x '\x1b[2J' -> 100 "),
    ],
)  # fmt: skip
def test_what_differs_between_calls(fields: dict[str, object], told: str) -> None:
    """Plans on the way, an answer that never came, a status, a number withheld, one that would paint."""
    assert told in line(**fields)


def test_failures_are_red() -> None:
    """Ours; a caller who hangs up or is refused is none. Nothing is red where there are no colours."""
    failed = {"result": "failed", "reason": "session_lost"}
    assert f"{RED}x +15551230001" in line(colours=True, **failed)
    assert RED not in line(colours=True)
    assert RED not in line(**failed)


def test_an_end_without_figures_is_written_all_the_same() -> None:
    """A line that lacks what a call's line has is one like all others."""
    event = {"event": "call.ended", "level": "info", "call": "c1", "odd": 1}
    written = Console("gateway", colours=False)(None, "info", event)
    assert "x call ended" in written
    assert "odd=1" in written


def test_a_traceback_cannot_paint_a_terminal() -> None:
    """What an exception says may be a stranger's: its lines are shown, its escapes are not obeyed."""
    stream = io.StringIO()
    log.configure(stream=stream, json=False)
    try:
        raise ValueError("\x1b[2J\x9b2J deep inside")
    except ValueError:
        structlog.get_logger("x").exception("call.broke")
    assert "deep inside" in stream.getvalue()
    assert all(line.isprintable() for line in stream.getvalue().split("\n"))
