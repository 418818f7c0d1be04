"""The thread that writes records: nobody waits for it, and it outlives a database that is gone a while."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord
from gateway.records.store import record_queue, sqlite
from gateway.records.store import writer as module
from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from gateway.records.store.records_store import RecordsStore
from gateway.records.store.sqlite import SqliteFile
from gateway.records.store.writer import RecordWriter
from tests.equipment import patience
from tests.records.store.made_records import ended, record

ERRORS = (sqlite3.Error, OSError, BadInput)


class Moody(RecordsStore):
    """A database that refuses while `broken` is set, and waits while `slow` is."""

    broken = threading.Event()
    slow = threading.Event()

    def put(self, run: str, records: list[CallRecord]) -> None:  # type: ignore[override]
        if self.broken.is_set():
            raise sqlite3.OperationalError("database or disk is full")
        while self.slow.is_set():
            time.sleep(0.01)  # noqa: TID251 - a disk that takes its time
        super().put(run, records)


@pytest.fixture(autouse=True)
def _in_good_mood(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "RETRY_S", (0.01,))
    yield
    Moody.broken.clear()
    Moody.slow.clear()


@contextmanager
def writing(
    file: Path, keep: timedelta | None = None, store: type[RecordsStore] = Moody
) -> Iterator[RecordWriter]:
    """Keep records in a file."""
    writer = RecordWriter("run", lambda: store(SqliteFile.open(file)), keep, ERRORS)
    try:
        yield writer
    finally:
        writer.close()


def kept(file: Path) -> list[CallRecord]:
    """Return what is in the file."""
    with open_records(file) as records:
        return list(records.find(Question(most=10_000)))


def kept_by(file: Path) -> list[CallRecord]:
    """Return what somebody who only reads finds in the file."""
    with open_records(file, only_read=True) as records:
        return list(records.find(Question()))


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds. Raises AssertionError if it does not."""
    until = time.monotonic() + patience.seconds(5)
    while not holds():
        assert time.monotonic() < until, "does not come to hold"
        time.sleep(0.01)  # noqa: TID251 - another thread sets no event for us


def test_records_are_written_and_the_run_ends(tmp_path: Path) -> None:
    """Each once, however often it was put; afterwards no lock is left."""
    file = tmp_path / "r.db"
    with writing(file) as writer:
        for n in range(500):
            writer.put(record(f"c{n}"))
        for n in range(500):
            writer.put(ended(f"c{n}"))
        assert writer.flush(patience.seconds(10))
    assert sorted(one.call for one in kept(file) if not one.open) == sorted(f"c{n}" for n in range(500))
    assert [path.name for path in tmp_path.iterdir()] == ["r.db"]


def test_a_full_disk(tmp_path: Path) -> None:
    """It is said once, nothing is lost, and it is said when records are written again."""
    file = tmp_path / "r.db"
    with capture_logs() as lines, writing(file) as writer:
        Moody.broken.set()
        writer.put(record("a"))
        eventually(lambda: any(line["event"] == "records.unwritable" for line in lines))
        writer.put(ended("a"))
        writer.put(ended("b"))
        Moody.broken.clear()
        assert writer.flush(patience.seconds(5))
    assert {one.call: one.open for one in kept(file)} == {"a": False, "b": False}
    assert [line["event"] for line in lines] == ["records.unwritable", "records.written_again"]
    assert "disk is full" in lines[0]["error"]


def test_a_disk_that_stays_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That it can be looked at does not mean that anything is written: nothing is said until it is."""
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    file = tmp_path / "r.db"
    tries: list[int] = []

    class Full(Moody):
        def put(self, run: str, records: list[CallRecord]) -> None:  # type: ignore[override]
            tries.append(len(records))
            super().put(run, records)

    with capture_logs() as lines, writing(file, store=Full) as writer:
        Moody.broken.set()
        writer.put(ended("a"))
        eventually(lambda: len(tries) > 5)
        assert [line["event"] for line in lines] == ["records.unwritable"]
        Moody.broken.clear()
        assert writer.flush(patience.seconds(5))
        eventually(lambda: len(lines) > 1)
    assert [line["event"] for line in lines] == ["records.unwritable", "records.written_again"]
    assert [one.call for one in kept(file)] == ["a"]


def test_a_database_that_another_program_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a backup may: what comes meanwhile is written afterwards, and can be read before."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0.05)
    file = tmp_path / "r.db"
    with capture_logs() as lines, writing(file) as writer:
        writer.put(ended("a"))
        assert writer.flush(patience.seconds(5))
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            writer.put(ended("b"))
            eventually(lambda: any(line["event"] == "records.unwritable" for line in lines))
            assert [one.call for one in kept_by(file)] == ["a"]
            other.execute("COMMIT")
        assert writer.flush(patience.seconds(5))
    assert sorted(one.call for one in kept(file)) == ["a", "b"]
    assert "locked" in lines[0]["error"]


def test_a_file_that_is_taken_away(tmp_path: Path) -> None:
    """What follows goes into a new one at its place; whoever shares it knows that this gateway lives."""
    file = tmp_path / "r.db"
    with capture_logs() as lines, writing(file) as writer:
        writer.put(record("a"))
        assert writer.flush(patience.seconds(5))
        for one in list(tmp_path.iterdir()):
            one.unlink()
        writer.put(ended("a"))
        writer.put(record("b"))
        assert writer.flush(patience.seconds(5))
        with open_records(file) as other:
            assert other.begin_run("other") == 0
        assert {one.call: one.open for one in kept(file)} == {"a": False, "b": True}
    assert [line["event"] for line in lines] == ["records.moved"]


def test_a_database_that_cannot_be_opened_yet(tmp_path: Path) -> None:
    """It is tried until it can."""
    file = tmp_path / "there" / "r.db"
    file.parent.write_text("no folder")
    with capture_logs() as lines, writing(file) as writer:
        writer.put(ended("a"))
        eventually(lambda: bool(lines))
        assert not writer.flush(0.05)
        file.parent.unlink()
        assert writer.flush(patience.seconds(5))
    assert [one.call for one in kept(file)] == ["a"]


def test_who_died_is_looked_for_while_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again; a database that is away meanwhile is told of once, and that it is back."""
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    looks: list[str] = []

    class Looking(RecordsStore):
        def close_dead(self, run: str) -> int:
            looks.append(run)
            if len(looks) in (2, 3):
                raise sqlite3.OperationalError("away")
            return int(len(looks) == 5)

    with capture_logs() as lines, writing(tmp_path / "r.db", store=Looking):
        eventually(lambda: len(looks) > 6)
    told = ["records.unwritable", "records.written_again", "records.calls_lost"]
    assert [line["event"] for line in lines] == told


def test_a_slow_disk_halts_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is lost, and said; a call that is known already keeps its place."""
    monkeypatch.setattr(record_queue, "MOST_WAITING", 10)
    file = tmp_path / "r.db"
    with capture_logs() as lines, writing(file) as writer:
        Moody.slow.set()
        writer.put(record("first"))
        eventually(lambda: not writer._waiting)
        for n in range(20):
            writer.put(record(f"c{n}"))
        for n in range(20):
            writer.put(ended(f"c{n}"))
        Moody.slow.clear()
        assert writer.flush(patience.seconds(5))
    assert {one.call for one in kept(file) if not one.open} == {f"c{n}" for n in range(10)}
    assert [(line["event"], line["lost"]) for line in lines] == [("records.dropped", 20)]


def test_an_end_that_does_not_wait_for_a_dead_disk(tmp_path: Path) -> None:
    """What is lost is said."""
    file = tmp_path / "r.db"
    with capture_logs() as lines:
        writer = RecordWriter("run", lambda: Moody(SqliteFile.open(file)), None, ERRORS)
        Moody.broken.set()
        writer.put(record("a"))
        began = time.monotonic()
        writer.close(0.2)
        assert time.monotonic() - began < patience.seconds(3)
    assert lines[-1]["event"] == "records.lost"
    assert lines[-1]["records"] == 1


def test_what_a_dead_run_left_open(tmp_path: Path) -> None:
    """It is closed at the next start, and said."""
    file = tmp_path / "r.db"
    with open_records(file) as records:
        records.put("dead", [record("a"), record("b")])
    with capture_logs() as lines, writing(file) as writer:
        writer.put(ended("c"))
        assert writer.flush(patience.seconds(5))
    assert {one.call: one.result for one in kept(file)} == {"a": "lost", "b": "lost", "c": "completed"}
    assert [(line["event"], line["calls"]) for line in lines] == [("records.calls_lost", 2)]


def test_records_that_are_kept_for_a_short_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are deleted then, and not an hour later."""
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.05)
    file, keep = tmp_path / "r.db", timedelta(seconds=1)
    with writing(file, keep) as writer:
        writer.put(ended("new", began=datetime.now(UTC)))
        assert writer.flush(patience.seconds(5))
        eventually(lambda: kept(file) == [])


def test_records_expire(tmp_path: Path) -> None:
    """Those that are older than the operator wants them kept."""
    file = tmp_path / "r.db"
    old = datetime.now(UTC) - timedelta(days=91)
    with open_records(file) as records:
        records.put("run", [ended("old", began=old)])
    with capture_logs() as lines, writing(file, timedelta(days=90)) as writer:
        writer.put(ended("new", began=datetime.now(UTC)))
        assert writer.flush(patience.seconds(5))
        eventually(lambda: any(line["event"] == "records.expired" for line in lines))
    assert [one.call for one in kept(file)] == ["new"]
