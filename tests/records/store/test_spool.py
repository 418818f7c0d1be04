"""Records wait on disk for a database that is away, also those of a gateway that dies meanwhile."""

from __future__ import annotations

import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord
from gateway.records.store import spool as module
from gateway.records.store import writer as writer_module
from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from gateway.records.store.records_store import RecordsStore
from gateway.records.store.spool import SPOOL_ERRORS, Spool, SpooledRecords, spool_file
from gateway.records.store.sqlite import SqliteFile
from gateway.records.store.writer import RecordWriter
from tests.equipment import patience
from tests.records.store.made_records import ended, record

ERRORS = (sqlite3.Error, OSError, BadInput)


class Away(RecordsStore):
    """The database of all machines, which may be away."""

    away = threading.Event()

    def put(self, run: str, records: list[CallRecord]) -> None:  # type: ignore[override]
        if self.away.is_set():
            raise sqlite3.OperationalError("the server closed the connection")
        super().put(run, records)


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(writer_module, "RETRY_S", (0.01,))
    yield
    Away.away.clear()


@contextmanager
def bringing(spool: Path, shared: Path, run: str) -> Iterator[Callable[[], None]]:
    """Bring away what a run has put in the spool; gives what wakes it."""
    waiting = SpooledRecords(run, spool)
    writer = RecordWriter(run, lambda: Away(SqliteFile.open(shared)), None, ERRORS, waiting=waiting)

    def wake() -> None:
        waiting.news()
        writer.wake()

    try:
        yield wake
    finally:
        writer.close(0.2)


def kept(file: Path) -> dict[str, str | None]:
    """Return what has become of the calls there; nothing as long as there are no tables."""
    if not file.exists():
        return {}
    try:
        with open_records(file, only_read=True) as records:
            found = list(records.find(Question(most=10_000)))
    except (sqlite3.OperationalError, BadInput):
        return {}
    assert len({one.call for one in found}) == len(found), "a call has one row"
    return {one.call: one.result for one in found}


def put(file: Path, run: str, *records: CallRecord) -> None:
    """Put records into a spool as a gateway does, which ends then."""
    spool = Spool(file)
    spool.put(run, records)
    spool.close()


def waiting(file: Path) -> int:
    """Return how many wait."""
    spool = Spool(file)
    count = spool.count()
    spool.close()
    return count


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds. Raises AssertionError if it does not."""
    until = time.monotonic() + patience.seconds(5)
    while not holds():
        assert time.monotonic() < until, "does not come to hold"
        time.sleep(0.01)  # noqa: TID251 - another thread sets no event for us


def test_a_record_that_was_brought_away_waits_no_more(tmp_path: Path) -> None:
    """A newer form of it that came meanwhile does; only its owner may read the file."""
    file = tmp_path / "spool" / "r.db"
    spool = Spool(file)
    spool.put("run", [record("a"), record("b")])
    batch = spool.oldest("run", 5)
    assert [one.record.call for one in batch] == ["a", "b"]
    assert batch[0].record == record("a")
    spool.put("run", [ended("a")])
    spool.done(batch)
    (left,) = spool.oldest("run", 5)
    assert (left.record.call, left.record.open) == ("a", False)
    spool.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_database_that_comes_back_has_every_record_once(tmp_path: Path) -> None:
    """What was put meanwhile waited on disk."""
    spool, shared = tmp_path / "s.db", tmp_path / "all.db"
    with bringing(spool, shared, "one") as wake, capture_logs() as lines:
        put(spool, "one", record("a"))
        wake()
        eventually(lambda: kept(shared) == {"a": None})
        Away.away.set()
        put(spool, "one", ended("a"), record("b"))
        wake()
        eventually(lambda: "records.unwritable" in {line["event"] for line in lines})
        put(spool, "one", ended("b"), ended("c"))
        wake()
        Away.away.clear()
        eventually(lambda: kept(shared) == dict.fromkeys("abc", "completed"))
        eventually(lambda: not waiting(spool))


def test_what_a_gateway_had_that_died_is_brought_away_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that were over are told as they were; those that were up are lost."""
    monkeypatch.setattr(module, "OTHERS_AFTER_S", 0.0)
    spool, shared = tmp_path / "s.db", tmp_path / "all.db"
    put(spool, "dead", ended("a"), record("b"))
    monkeypatch.setattr(writer_module, "LOOK_EVERY_S", 0.05)
    with bringing(spool, shared, "next"):
        eventually(lambda: kept(shared) == {"a": "completed", "b": "lost"})


def test_a_call_that_was_thought_lost_is_told_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others have closed it as lost while the word of its end waited here."""
    monkeypatch.setattr(module, "OTHERS_AFTER_S", 0.0)
    spool, shared = tmp_path / "s.db", tmp_path / "all.db"
    with open_records(shared) as records:
        records.begin_run("dead")
        records.put("dead", [record("a")])
    with open_records(shared) as records:
        records.begin_run("other")
    assert kept(shared) == {"a": "lost"}
    put(spool, "dead", ended("a"))
    with bringing(spool, shared, "next"):
        eventually(lambda: kept(shared) == {"a": "completed"})


def test_what_is_left_at_the_end_is_not_lost(tmp_path: Path) -> None:
    """It is said how much waits."""
    spool, shared = tmp_path / "s.db", tmp_path / "all.db"
    Away.away.set()
    with capture_logs() as lines, bringing(spool, shared, "one") as wake:
        put(spool, "one", ended("a"))
        wake()
        eventually(lambda: "records.unwritable" in {line["event"] for line in lines})
    assert {"event": "records.left", "log_level": "warning", "records": 1} in lines
    assert waiting(spool) == 1


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file has a bound; then it is for the writer to wait."""
    monkeypatch.setattr(module, "MOST_BYTES", 12 * module.PAGE_BYTES)
    spool = Spool(tmp_path / "s.db")
    with pytest.raises(SPOOL_ERRORS):
        spool.put("run", [ended(f"c{number}") for number in range(1000)])
    spool.put("run", [ended("a")])
    assert spool.count() == 1
    spool.close()


def test_a_file_for_each_database() -> None:
    """Whoever is named as its user; what is for one never comes to another."""
    here = [
        spool_file(Path("s"), url)
        for url in (
            "postgresql://a:${P}@db.example.com/calls",
            "postgresql://b@db.example.com/calls",
            "postgresql://a@db.example.com/other",
            "postgresql://a@/calls?host=/run/pg",
        )
    ]
    assert here[0] == here[1]
    assert len(set(here)) == 3
