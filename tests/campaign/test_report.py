"""What a campaign leaves for people."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from gateway.campaign.entries import ListEntry
from gateway.campaign.progress_log import CampaignState
from gateway.campaign.report import dry_run, summary, write_results
from gateway.campaign.rules import Rules

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def test_the_result_has_a_line_for_everybody(tmp_path: Path) -> None:
    """Those who were not called, too."""
    state = CampaignState()
    state.take({"line": 2, "call": "0a0a0a0a", "run": "r"})
    told = {"call": "0a0a0a0a", "status": 486, "reason": "busy", "talk_seconds": None, "seconds": 1.5}
    state.take({"line": 2, "over": told, "outcome": "busy"})
    file = tmp_path / "result.csv"
    write_results(file, [ListEntry(2, "+1", {}), ListEntry(3, "+2", {})], state)
    with file.open(encoding="utf-8", newline="") as lines:
        busy, left = csv.DictReader(lines)
    assert (busy["number"], busy["outcome"], busy["status"], busy["attempts"]) == ("+1", "busy", "486", "1")
    assert busy["talk_seconds"] == ""
    assert (left["number"], left["outcome"], left["attempts"]) == ("+2", "not_called", "0")
    assert [one.name for one in tmp_path.iterdir()] == ["result.csv"]


def test_the_last_line_counts() -> None:
    """The most first."""
    assert summary(Counter(answered=3, busy=1), 5) == "3 a person answered; 1 busy; 1 not called"


def test_a_dry_run_says_who_would_be_called_when_and_how() -> None:
    """And who would not."""
    rules = Rules("p", rate=0.5, windows=("daily 09:00-18:00",), zone="UTC")
    people = [
        ListEntry(2, "+1", {}),
        ListEntry(3, "+2", {}, "Asia/Tokyo"),
        ListEntry(4, "+3", {}, left_out="do_not_call"),
    ]
    assert list(dry_run(people, rules, NOON, lambda _number: "over carrier")) == [
        "+1  at once  over carrier",
        "+2  from Sat 2026-11-28 00:00 UTC  over carrier",
        "+3  not to be called",
        "1 call from now on, 2 s at least",
        "1 call from Sat 00:00 UTC, 2 s at least",
    ]
