"""The journal tells what happened in every call, in order, without the audio."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from gateway.call import (
    AgentAudio,
    CallerStartedSpeaking,
    CallInfo,
    CostUpdated,
    Ending,
    Flush,
    LegEnded,
    Party,
    Play,
    Reason,
    Result,
    Tick,
    Truncate,
)
from gateway.errors import BadInput
from gateway.records.journal import Journal
from gateway.records.listener_group import ListenerGroup

CALL = CallInfo("a1", "abc@host", Party("1"), Party("2"))


def written(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a journal."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_facts_and_orders_become_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a line with its call, its time and its fields; the first line names the call."""
    path = tmp_path / "journal"
    times = iter((0.5, 1.5, 1.5, 1.52))
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    with Journal(path) as journal:
        note = journal.watch(CALL)
        note(CallerStartedSpeaking("item_1", 300), 0)
        note(Flush(), 0)
        note(Truncate("item_0", 180), 0)
    monkeypatch.undo()
    began, *lines = written(path)
    assert (began["what"], began["at"], began["pid"]) == ("Began", 0.5, os.getpid())
    assert abs(datetime.fromisoformat(began["time"]) - datetime.now(UTC)) < timedelta(minutes=5)
    assert lines == [
        {"call": "a1", "sip_call_id": "abc@host"},
        {
            "call": "a1",
            "at": 1.5,
            "what": "CallerStartedSpeaking",
            "is": {"item_id": "item_1", "audio_start_ms": 300},
        },
        {"call": "a1", "at": 1.5, "what": "Flush", "is": {}},
        {"call": "a1", "at": 1.52, "what": "Truncate", "is": {"item_id": "item_0", "audio_end_ms": 180}},
    ]


def test_audio_and_ticks_are_left_out(tmp_path: Path) -> None:
    """What comes fifty times a second is not written down."""
    path = tmp_path / "journal"
    with Journal(path) as journal:
        notify = ListenerGroup(journal.watch(CALL))
        for event in (AgentAudio("r", "i", b"\0\0"), Play("i", b"\0\0"), Tick()):
            notify(event, 1.0)
    assert len(written(path)) == 2


def test_a_call_that_is_over_can_be_read(tmp_path: Path) -> None:
    """Its lines are in the file while other calls go on."""
    path = tmp_path / "journal"
    with Journal(path) as journal:
        journal.watch(CALL)(LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)), 1.0)
        assert journal.flush()
        assert path.read_bytes().count(b"\n") == 3


@pytest.mark.parametrize("torn", [b"", b'{"call": "a0", "wh'])
def test_what_was_written_before_a_restart_stays(tmp_path: Path, torn: bytes) -> None:
    """Lines of another process are followed by our own, on a line of their own, also if its last was cut."""
    path = tmp_path / "journal"
    with Journal(path) as journal:
        journal.watch(CALL)
    with path.open("ab") as file:
        file.write(torn)
    before = path.read_bytes()
    with Journal(path) as journal:
        journal.watch(CALL)
    assert path.read_bytes().startswith(before)
    after = path.read_bytes().removeprefix(before).splitlines()[bool(torn) :]
    assert [set(orjson.loads(line)) for line in after] == [
        {"what", "at", "time", "pid"},
        {"call", "sip_call_id"},
    ]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is not there is said in one line."""
    with pytest.raises(BadInput, match="No such file"):
        Journal(tmp_path / "nowhere" / "journal")


def test_a_full_disk_is_said_and_costs_no_call() -> None:
    """Whoever notes something goes on; the log says once that the journal cannot be written."""
    with capture_logs() as lines, Journal(Path("/dev/full")) as journal:
        note = journal.watch(CALL)
        for _ in range(100):
            note(Flush(), 0.0)
        assert journal.flush()
    assert [(line["event"], line["error"]) for line in lines] == [
        ("journal.unwritable", "No space left on device")
    ]


def test_every_fact_and_order_can_be_written(tmp_path: Path) -> None:
    """Costs are decimals; whatever the vocabulary holds becomes a line and not an error."""
    with Journal(tmp_path / "journal") as journal:
        note = journal.watch(CALL)
        note(CostUpdated(Decimal("0.0016")), 0.0)
        note(CostUpdated(None), 0.0)
    assert [line["is"]["usd"] for line in written(tmp_path / "journal")[2:]] == ["0.0016", None]
