"""One call as a conversation."""

from __future__ import annotations

import io
from datetime import UTC

from rich.console import Console

from gateway.records.call_record import CallRecord, Line, Moment
from gateway.records.report.conversation import conversation
from tests.records.store.made_records import ended, record


def printed(call: CallRecord, width: int = 120) -> str:
    """Return it as it is printed on a terminal of so many columns."""
    console = Console(width=width, file=io.StringIO())
    console.print(conversation(call, UTC))
    return console.file.getvalue()  # type: ignore[attr-defined]


TALK = ended(
    "471a26b2",
    plan="reception",
    moments=(
        Moment(40, "answered"),
        Moment(4900, "answer", {"waited_ms": 640}),
        Moment(65_000, "answer", {"waited_ms": 2500}),
        Moment(5200, "tool_called", {"name": "look_up"}),
    ),
    transcript=(
        Line(200, "agent", "Hello, this is", cut=True),
        Line(3100, "caller", "What are your [opening] hours?"),
    ),
)


def test_everything_stands_where_it_happened() -> None:
    """Words, waits as bars, and the rest, by time; an interruption is marked."""
    lines = [line.split(maxsplit=1) for line in printed(TALK).splitlines() if ":0" in line[:12]]
    assert [(at, what.strip()) for at, what in lines] == [
        ("0:00.040", "answered"),
        ("0:00.200", "agent   Hello, this is  (interrupted)"),
        ("0:03.100", "caller  What are your [opening] hours?"),
        ("0:04.260", f"waited  {'█' * 12} 640 ms"),
        ("0:05.200", "tool called  name look_up"),
        ("1:02.500", f"waited  {'█' * 50} 2500 ms"),
    ]


def test_a_terminal_obeys_no_caller() -> None:
    """Whatever a caller's telephone, a model or a tool has written."""
    bell = "\x1b]0;owned\x07\x1b[2J"
    call = ended(
        "a",
        caller=bell,
        sip_call_id=bell,
        figures={"summary": bell, "model": bell},
        moments=(Moment(1, "session_fault", {"message": bell}),),
        transcript=(Line(2, "agent", bell, cut=True),),
    )
    told = printed(call)
    assert not {"\x1b", "\x07"} & {*told}
    assert told.count("]0;owned") == 6


def test_a_long_path_is_told_whole() -> None:
    """Over several lines where it has to be."""
    path = f"/srv/{'messages/' * 20}a.wav"
    call = ended("a", moments=(Moment(1, "message_taken", {"file": path, "seconds": 2.4}),))
    assert path in "".join(printed(call, 60).split())


def test_the_head_tells_who_and_how() -> None:
    """And what there is nothing of is left out."""
    told = printed(TALK)
    assert "+442079460123 > 100  by reception" in told
    assert "caller hung up" in told
    assert "cost" not in told
    assert "turns 2, packets in 425" in told


def test_a_cost_of_which_a_part_is_not_known() -> None:
    """The part that is known, and that it is one."""
    assert "cost      0.0712 USD" in printed(ended("a", cost_usd=0.0712))
    told = printed(ended("a", cost_usd=None, figures={"cost_at_least_usd": 0.02}))
    assert "cost      at least 0.0200 USD: a part of it is not known" in told


def test_words_that_are_not_kept() -> None:
    """It is said why, and what would keep them."""
    assert "records.transcript" in printed(ended("a", transcript=None))
    assert "records.transcript" not in printed(TALK)


def test_a_call_of_which_nothing_is_known_yet() -> None:
    """It goes on."""
    assert "goes on" in printed(record("a"))
