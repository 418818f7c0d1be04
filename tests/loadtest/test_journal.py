"""The gateway's journal is read by SIP Call-IDs."""

from __future__ import annotations

from pathlib import Path

from gateway.call import CallerStartedSpeaking, CallInfo, Flush, Party
from gateway.loadtest import journal
from gateway.records.journal import Journal


def test_when_speech_started_came(tmp_path: Path) -> None:
    """Each call's times, in nanoseconds of the clock that packets have; other lines do not count."""
    path = tmp_path / "journal"
    with Journal(path) as kept:
        notes = [kept.watch(CallInfo(name, f"{name}@sipp", Party("1"), Party("2"))) for name in "ab"]
        notes[0](CallerStartedSpeaking("i"), 0)
        notes[1](Flush(), 0)
        notes[0](CallerStartedSpeaking("i"), 0)
    assert journal.names(path) == {"a": "a@sipp", "b": "b@sipp"}
    found = journal.speech_started(path)
    assert list(found) == ["a@sipp"]
    first, second = found["a@sipp"]
    assert 0 <= second - first < 1_000_000_000


def test_no_journal(tmp_path: Path) -> None:
    """A gateway that is not ours keeps none for us."""
    assert journal.speech_started(tmp_path / "journal") == {}
    assert journal.names(tmp_path / "journal") == {}
