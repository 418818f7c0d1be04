"""The thread that writes all recordings."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.records.recording import writer as module
from gateway.records.recording.sound_file import Storage
from gateway.records.recording.writer import RecordingWriter
from tests.equipment import patience
from tests.records.recording.scripted_tap import ScriptedTap, block

SOON = patience.seconds(5)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROUND_S", 0.02)


def test_many_recordings_are_written_and_told(tmp_path: Path) -> None:
    """Each into its own file."""
    writer, ended = RecordingWriter(Storage(tmp_path)), threading.Semaphore(0)
    told: list[dict[str, Any]] = []

    def end(about: dict[str, Any]) -> None:
        told.append(about)
        ended.release()

    for number in range(30):
        tap = ScriptedTap(block(number, 5))
        writer.begin(tap, f"{number}", number, "key").stop(end)
    assert all(ended.acquire(timeout=SOON) for _ in range(30))
    assert sorted(about["began_ms"] for about in told) == list(range(30))
    assert all((tmp_path / f"{number}.wav").stat().st_size == 44 + 5 * 640 for number in range(30))
    writer.close()


def test_a_full_disk_is_told_once(tmp_path: Path) -> None:
    """Whoever records nothing says nothing of it; and it is told when there is room again."""
    (tmp_path / "day").write_text("no folder")
    with capture_logs() as lines:
        writer = RecordingWriter(Storage(tmp_path))
        tap, quiet = ScriptedTap(block(0)), ScriptedTap()
        writer.begin(tap, "day/a", 0, "key")
        writer.begin(quiet, "day/b", 0, "key")
        for number in range(1, 4):
            _until(lambda: not tap.waiting)
            tap.waiting = [block(number)]
        _until(lambda: not tap.waiting)
        (tmp_path / "day").unlink()
        tap.waiting = [block(4)]
        _until(lambda: not tap.waiting and len(lines) == 2)
        writer.close()
    assert [line["event"] for line in lines] == ["recording.unwritable", "recording.written_again"]


def test_a_file_that_somebody_deletes(tmp_path: Path) -> None:
    """It is told when the call is over, by its name, and nobody looks for it any more."""
    told: list[dict[str, Any]] = []
    with capture_logs() as lines:
        writer = RecordingWriter(Storage(tmp_path))
        tap = ScriptedTap(block(0))
        recording = writer.begin(tap, "day/a", 0, "key")
        _until((tmp_path / "day/a.wav").exists)
        (tmp_path / "day/a.wav").unlink()
        recording.stop(told.append)
        _until(lambda: told)
        writer.close()
    assert told[0]["nothing_written"]
    assert [(line["event"], line["error"]) for line in lines] == [
        ("recording.unwritable", "day/a.wav was deleted meanwhile")
    ]


def test_what_breaks_costs_no_other(tmp_path: Path) -> None:
    """A bug in one recording is logged, and that is its end."""

    class Broken(ScriptedTap):
        def read(self) -> Any:
            raise RuntimeError("a bug")

    with capture_logs() as lines:
        writer = RecordingWriter(Storage(tmp_path))
        writer.begin(Broken(), "a", 0, "key")
        tap = ScriptedTap(block(0))
        writer.begin(tap, "b", 0, "key")
        _until((tmp_path / "b.wav").exists)
        writer.close()
    assert [line["event"] for line in lines] == ["recording.broke"]


def test_calls_that_are_up_at_the_end(tmp_path: Path) -> None:
    """Their recordings are closed with what was heard so far."""
    writer = RecordingWriter(Storage(tmp_path))
    taps = [ScriptedTap(block(0, 5)) for _ in range(20)]
    for number, tap in enumerate(taps):
        writer.begin(tap, f"{number}", 0, "key")
    writer.close(SOON)
    assert all((tmp_path / f"{number}.wav").stat().st_size == 44 + 5 * 640 for number in range(20))


def _until(holds: Any) -> None:
    waiting = threading.Event()
    for _ in range(1000):
        if holds():
            return
        waiting.wait(SOON / 1000)
    raise AssertionError("does not come to hold")
