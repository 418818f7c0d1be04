"""The journal tells what happened in every call, in order, without the audio."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

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

CALL = CallInfo("a1", "abc@host", Party("1"), Party("2"))


def test_facts_and_orders_become_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a line with its call, its time and its fields; the first line names the call."""
    path = tmp_path / "journal"
    times = iter((1.5, 1.5, 1.52))
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    with Journal(path) as journal:
        note = journal.watch(CALL)
        note(CallerStartedSpeaking("item_1", 300), 0)
        note(Flush(), 0)
        note(Truncate("item_0", 180), 0)
    monkeypatch.undo()
    assert [orjson.loads(line) for line in path.read_bytes().splitlines()] == [
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
        note = journal.watch(CALL)
        for event in (AgentAudio("r", "i", b"\0\0"), Play("i", b"\0\0"), Tick()):
            note(event, 1.0)
    assert len(path.read_bytes().splitlines()) == 1


def test_a_call_that_is_over_can_be_read(tmp_path: Path) -> None:
    """Its lines are in the file while other calls go on."""
    path = tmp_path / "journal"
    with Journal(path) as journal:
        journal.watch(CALL)(LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)), 1.0)
        assert journal.flush()
        assert path.read_bytes().count(b"\n") == 2


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
    lines = (tmp_path / "journal").read_bytes().splitlines()
    assert [orjson.loads(line)["is"]["usd"] for line in lines[1:]] == ["0.0016", None]
