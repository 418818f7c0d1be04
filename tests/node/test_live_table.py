"""The calls that are up, as a table."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from rich.console import Console

from gateway.call import LegState, Party
from gateway.control_wire import view_json
from gateway.node.live_table import table
from tests.test_control_wire import VIEW

ABOUT = {
    "sip": "127.0.0.1:5060",
    "calls": 2,
    "max_calls": 50,
    "taken": 7,
    "seconds": 3723,
    "draining": False,
}


def printed(calls: list[dict[str, Any]], rows: int | None = None, **about: Any) -> list[str]:
    """Return the lines as they are printed where there is room."""
    console = Console(width=150, file=io.StringIO())
    console.print(table(calls, ABOUT | about, rows))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_a_line_a_call() -> None:
    """With what is asked first."""
    held = view_json(replace(VIEW, state=LegState.HELD, talk_seconds=61.2))
    ringing = view_json(replace(VIEW, id="b", state=LegState.RINGING, cost_usd=None, plan=None))
    head, _, names, first, second = printed([held, ringing])
    assert head == "127.0.0.1:5060  2 of 50 calls  7 so far, up for 1:02:03"
    assert names.split() == ["call", "state", "caller", "called", "plan", "talk", "turns", "cut", "USD"]
    assert first.split() == [
        *("471a26b2", "held", "+15551230001", "100", "night"),
        *("1:01", "1", "2", "0.2500"),
    ]
    assert second.split() == ["b", "ringing", "+15551230001", "100", "1", "2"]


def test_a_terminal_obeys_no_caller() -> None:
    """Whatever they call themselves, or dial."""
    *_, line = printed([view_json(replace(VIEW, caller=Party("\x1b[2J\u202e1"), called=Party("[/b]\x9b")))])
    assert line.split()[2:4] == ["[2J", "1"]
    assert "[/b]" in line
    assert not {"\x1b", "\x9b", "\u202e"} & {*line}


def test_which_process_has_a_call() -> None:
    """Where there are several."""
    told = [view_json(replace(VIEW, id=f"c{n}", node=f"berlin-{n}")) for n in range(2)]
    _, _, names, *lines = printed(told)
    assert names.split()[-1] == "node"
    assert [line.split()[-1] for line in lines] == ["berlin-0", "berlin-1"]


def test_more_than_there_is_room_for() -> None:
    """They are counted."""
    calls = [view_json(replace(VIEW, id=f"c{n}")) for n in range(30)]
    assert printed(calls, rows=10)[-1] == "and 20 more"
    assert len(printed(calls)) == 3 + 30


def test_nobody_calls() -> None:
    """The head says so, and when no more calls are taken."""
    assert printed([], draining=True)[0].endswith("draining")


def test_a_caller_writes_no_markup() -> None:
    """A name is shown as it came."""
    assert "[red]x" in printed([view_json(VIEW) | {"caller": "[red]x"}])[3]
