"""What waits in memory to be written."""

from __future__ import annotations

import pytest

from gateway.records.store import record_queue as module
from gateway.records.store.record_queue import RecordQueue, WaitingRecord
from tests.records.store.made_records import ended, record


def test_the_newest_form_of_each_call_waits() -> None:
    """In the order in which the calls came; what could not be written waits again, unless it is old."""
    queue = RecordQueue()
    for one in (record("a"), record("b"), ended("a")):
        assert queue.put(WaitingRecord("run", one))
    assert len(queue) == 2
    batch = queue.take(5)
    assert [(one.record.call, one.record.open) for one in batch] == [("a", False), ("b", True)]
    assert not queue
    queue.put(WaitingRecord("run", ended("b")))
    queue.not_written(batch)
    assert {one.record.call: one.record.open for one in queue.take(5)} == {"a": False, "b": False}


def test_there_is_an_end_to_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that waits already may say more of itself."""
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    queue = RecordQueue()
    taken = [queue.put(WaitingRecord("run", record(call))) for call in "abc"]
    assert taken == [True, True, False]
    assert queue.put(WaitingRecord("run", ended("a")))
