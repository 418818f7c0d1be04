"""From beginning to end: reports are written, and nothing is left behind."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.loadtest import command
from gateway.loadtest.processes import until
from gateway.loadtest.settings import LoadSettings
from gateway.loadtest.target import Rig
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


def test_a_peer_is_rung_in_turns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """After the gateway, in each step, at its own address; what it breaks is no failure of ours."""
    rung: list[tuple[int, int]] = []

    def step(_settings: object, under_test: Rig, calls: int, place: Path, _progress: object) -> object:
        rung.append((calls, under_test.sip[1]))
        (place.parent / "voice").write_text("nobody", encoding="utf-8")
        return result(calls, failed=int(under_test.sip[1] == 9))

    @contextlib.contextmanager
    def ready(_settings: object, _calls: int, folder: Path) -> Iterator[Rig]:
        yield Rig(("127.0.0.1", 8), None, {"server": 1}, folder / "journal")

    monkeypatch.setattr(command, "_step", step)
    monkeypatch.setattr(command, "rig", ready)
    monkeypatch.setattr(command.needs, "check", lambda _: None)
    assert command.run(LoadSettings(calls=4, ramp=True, peer=("127.0.0.1", 9))) == 0
    assert rung == [(calls, port) for calls in (1, 2, 3, 4) for port in (8, 9)]
    assert "peer" in capsys.readouterr().out


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
    monkeypatch.setattr(command.needs, "check", lambda _: None)
    settings = LoadSettings(calls=20, find_capacity=True, address=("127.0.0.1", 9))
    assert command.run(settings) == 0
    assert asked == [20, 40, 60]
    assert "Capacity: 40 calls" in " ".join(capsys.readouterr().out.split())


def test_a_folder_to_keep_is_a_new_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is in an old one stays as it is, and nobody is rung."""
    monkeypatch.setattr(command.needs, "check", lambda _: None)
    with pytest.raises(BadInput, match=r"--keep: .*File exists: name a new folder"):
        command.run(LoadSettings(keep=tmp_path))


def test_what_was_measured_before_it_is_broken_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is shown: somebody who looks for the capacity has seen enough."""

    def step(_settings: object, _rig: object, calls: int, place: Path, _progress: object) -> object:
        if calls > 20:
            raise KeyboardInterrupt
        (place.parent / "voice").write_text("nobody", encoding="utf-8")
        return result(calls)

    monkeypatch.setattr(command, "_step", step)
    monkeypatch.setattr(command.needs, "check", lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        command.run(LoadSettings(calls=20, find_capacity=True, address=("127.0.0.1", 9)))
    told = capsys.readouterr().out
    assert ("20 calls" in told, "Broken off." in told) == (True, True)
