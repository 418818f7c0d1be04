"""Records that are asked for while calls are up."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.records.store import reader as module
from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from gateway.records.store.reader import RecordReader
from gateway.records.store.records_store import CallTotals, RecordsStore
from gateway.records.store.sqlite import SQLITE_ERRORS
from tests.equipment import patience
from tests.records.store.made_records import NOON, ended

SOON = patience.seconds(5)


def test_answers_come_from_another_thread(tmp_path: Path) -> None:
    """What was written a moment ago is in them."""
    file = tmp_path / "r.db"
    reader = RecordReader("mine", lambda: open_records(file, only_read=True), SQLITE_ERRORS)
    with open_records(file) as records:
        records.put("theirs", [ended("a", plan="day", talk_seconds=6.0)])
        assert [one.call for one in reader.find(Question()).result(SOON)] == ["a"]
        records.put("mine", [ended("b", 1, plan="day", talk_seconds=6.0)])
        since = NOON - timedelta(hours=1)
        assert reader.totals("day", since, "", since).result(SOON) == CallTotals(1, 6.0, 0.0)
    reader.close()


def test_a_database_that_comes_later(tmp_path: Path) -> None:
    """It is opened at the next question."""
    file = tmp_path / "r.db"
    reader = RecordReader("mine", lambda: open_records(file, only_read=True), SQLITE_ERRORS)
    with pytest.raises(SQLITE_ERRORS):
        reader.find(Question()).result(SOON)
    open_records(file).close()
    assert reader.find(Question()).result(SOON) == []
    reader.close()


def test_a_database_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many questions wait; the next is refused at once."""
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    free = threading.Event()

    def opened() -> RecordsStore:
        free.wait(SOON)
        return open_records(tmp_path / "r.db")

    reader = RecordReader("mine", opened, SQLITE_ERRORS)
    waiting = [reader.find(Question()) for _ in range(3)]
    with pytest.raises(BadInput):
        reader.find(Question())
    free.set()
    assert [one.result(SOON) for one in waiting] == [[], [], []]
    assert reader.find(Question()).result(SOON) == []
    reader.close()
