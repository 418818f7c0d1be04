"""Calls as a list, for people and for programs."""

from __future__ import annotations

import csv
import io
from datetime import UTC

import orjson
import pytest
from rich.console import Console

from gateway.records.call_record import CallRecord, from_json, lost
from gateway.records.report.listing import clock, csv_table, json_lines, outcome, table
from tests.records.store.made_records import ended, record

COLUMNS = ("call", "began", "caller", "called", "plan", "talk", "answer", "USD", "how", "it", "ended")


def printed(records: list[CallRecord], width: int = 200) -> list[str]:
    """Return the lines of a table as they are printed on a terminal of so many columns."""
    console = Console(width=width, file=io.StringIO())
    console.print(table(records, UTC, width))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_a_table_for_people() -> None:
    """One line a call, with what is asked first."""
    talked = ended(
        "471a26b2",
        plan="day",
        last_plan="night",
        talk_seconds=83.1,
        cost_usd=0.0712,
        figures={"turn_ms_median": 640},
    )
    header, first, second = printed([talked, record("b", caller="")])
    assert tuple(header.split()) == COLUMNS
    assert first.split("  ")[0] == "471a26b2"
    for told in ("11-27 12:00:00", "day > night", "1:23", "640 ms", "0.0712", "caller hung up"):
        assert told in first
    assert second.split() == ["b", "11-27", "12:00:00", "withheld", "100", "goes", "on"]


def test_a_narrow_terminal() -> None:
    """Long numbers and names give way; how a call ended is always told. Nothing costs nothing."""
    call = ended("471a26b2", caller="+442079460123" * 2, plan="reception-in-the-evening", talk_seconds=5.0)
    header, line = printed([call], 80)
    assert header.split() == ["call", "began", "caller", "plan", "talk", "how", "it", "ended"]
    assert line.endswith("caller hung up")
    assert "…" in line
    assert len(line) <= 80


def test_a_caller_who_writes_much() -> None:
    """Takes no room from other columns, on a wide terminal either, and others are still told."""
    calls = [ended(f"471a26b{n}", plan="reception", caller=n * 40 * "9", talk_seconds=83.0) for n in range(3)]
    for width in (200, 120):
        lines = printed(calls, width)
        assert tuple(lines[0].split()) == tuple(name for name in COLUMNS if name != "USD")
        for number, line in enumerate(lines[1:]):
            assert len(line) <= width
            assert line.startswith(f"471a26b{number}  11-27 12:00:00  ")
            assert "reception" in line
            assert "1:23" in line
            assert line.endswith("caller hung up")


def test_what_a_caller_writes_is_no_markup() -> None:
    """A display can be asked for colours and links by nobody but us."""
    assert "[red]x[/red]" in printed([record("a", caller="[red]x[/red]")])[1]
    assert "\x1b" not in printed([record("a", caller="\x1b[2J")])[1]


@pytest.mark.parametrize(
    ("call", "words", "style"),
    [
        (record("a"), "goes on", "cyan"),
        (ended("a"), "caller hung up", ""),
        (ended("a", result="rejected", reason="no_plan", status=404), "no plan (404)", "yellow"),
        (ended("a", result="failed", reason="session_lost"), "session lost", "red"),
        (lost(record("a")), "gateway died", "red"),
    ],
)
def test_how_it_ended(call: CallRecord, words: str, style: str) -> None:
    """In words; what should not have been stands out."""
    assert (outcome(call).plain, outcome(call).style) == (words, style)


def test_durations() -> None:
    """As a telephone shows them."""
    assert [clock(s) for s in (0, 59.6, 83.1, 3723)] == ["0:00", "1:00", "1:23", "1:02:03"]


def test_json_lines() -> None:
    """All that is kept, an object a line."""
    calls = [ended("a"), record("b")]
    assert [from_json(orjson.loads(line)) for line in json_lines(calls).splitlines()] == calls


def test_csv() -> None:
    """A header, a row a call, nothing where there is nothing; lists and words are not in it."""
    rows = list(csv.DictReader(io.StringIO(csv_table([ended("a", caller='a,"b"\nc'), record("b")]))))
    assert [row["call"] for row in rows] == ["a", "b"]
    assert (rows[0]["caller"], rows[0]["turns"], rows[1]["result"]) == ('a,"b"\nc', "2", "")


@pytest.mark.parametrize("evil", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3"])
def test_a_spreadsheet_computes_nothing_a_caller_wrote(evil: str) -> None:
    """A number stays as it is."""
    rows = list(csv.DictReader(io.StringIO(csv_table([ended("a", caller=evil, called="+4930123")]))))
    assert (rows[0]["caller"], rows[0]["called"]) == (f"'{evil}", "+4930123")
