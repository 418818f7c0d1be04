"""From beginning to end: reports are written, and nothing is left behind."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from gateway.loadtest import command
from gateway.loadtest.processes import until
from gateway.loadtest.settings import LoadSettings
from tests.equipment.process import Process, python
from tests.loadtest.conftest import Done, possible
from tests.loadtest.made import result


def _commands(part: str) -> list[bytes]:
    """Find processes by a part of their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found.append(path.read_bytes())
    return [one for one in found if part.encode() in one]


def test_reports_are_written(done: Done) -> None:
    """JSON with a timeline, a page with plots; the kept folder has logs and journal."""
    assert done.json["verdict"]
    assert len(done.json["steps"][0]["timeline"]) > 10
    assert "<svg" in done.page
    names = {path.name for path in done.folder.iterdir()}
    assert {"gateway.log", "server.log", "journal", "step-0"} <= names


def test_nothing_runs_on(done: Done) -> None:
    """All programs it started have ended."""
    assert not _commands(str(done.folder))


def test_a_signal_ends_what_was_started(tmp_path: Path) -> None:
    """SIGTERM in the middle: gateway, server and SIPp end with the load test."""
    possible()
    kept = tmp_path / "kept"
    options = ["--calls", "2", "--duration", "60", "--keep", str(kept)]
    with Process(python("-m", "gateway", "loadtest", *options)) as running:
        assert until((kept / "step-0" / "sipp.csv").exists, 30), running.tail()
        assert running.stop() == 128 + 15
    assert not _commands(str(kept))


def test_looking_for_the_capacity(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Steps go up until a bound breaks; that is a result, not a failure."""
    asked: list[int] = []

    def step(_settings: object, _rig: object, calls: int, place: Path, _progress: object) -> object:
        asked.append(calls)
        (place.parent / "voice").write_text("nobody", encoding="utf-8")
        return result(calls, failed=int(calls >= 60))

    monkeypatch.setattr(command, "_step", step)
    monkeypatch.setattr(command.sipp, "check", lambda: None)
    settings = LoadSettings(calls=20, find_capacity=True, address=("127.0.0.1", 9))
    assert command.run(settings) == 0
    assert asked == [20, 40, 60]
    assert "Capacity: 40 calls" in " ".join(capsys.readouterr().out.split())
