"""What stands in an outbox is done, each in its turn, over failures of the work and of the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.records import outbox
from gateway.records.outbox import NotDone, OutboxWorker
from gateway.records.store.deliveries import Delivery
from gateway.records.store.opening import open_records
from gateway.records.store.records_store import RecordsStore
from gateway.records.store.sqlite import SQLITE_ERRORS
from tests.equipment import patience
from tests.records.store.made_records import ended

PAUSE_S = 0.05


class Work:
    """Does what it is given, or says why not; `heard` is what it was told."""

    def __init__(self, *answers: NotDone | None) -> None:
        self.answers = list(answers)
        self.done: list[tuple[str, float]] = []
        self.heard: list[str] = []
        self.closed = threading.Event()

    def do(self, item: Delivery) -> None:
        """See `outbox.Errand`."""
        self.done.append((item.message, time.monotonic()))
        if (answer := self.answers.pop(0) if self.answers else None) is not None:
            raise answer

    def pause_s(self, tries: int) -> float | None:
        """See `outbox.Errand`."""
        return PAUSE_S if tries < 2 else None

    def failing(self, item: Delivery, why: str) -> None:
        """See `outbox.Errand`."""
        self.heard.append(f"failing {item.message}: {why}")

    def works_again(self) -> None:
        """See `outbox.Errand`."""
        self.heard.append("works again")

    def given_up(self, item: Delivery, why: str) -> None:
        """See `outbox.Errand`."""
        self.heard.append(f"given up {item.message}: {why}")

    def close(self) -> None:
        """See `outbox.Errand`."""
        self.closed.set()


@dataclass
class Here:
    """A database with an outbox."""

    file: Path

    def wants(self, *calls: str) -> None:
        """Have something done for each of these calls."""
        with open_records(self.file, delivers=True) as records:
            for call in calls:
                records.put("run", [ended(call)])

    def waiting(self) -> int:
        """Return how much is to be done."""
        with open_records(self.file) as records:
            return len(records.deliveries.due(4e9, 100))

    @contextmanager
    def working(
        self, work: Work, opened: Callable[[], RecordsStore] | None = None
    ) -> Iterator[OutboxWorker[Delivery]]:
        """Work for as long as the block lasts."""
        open_it = opened or (lambda: open_records(self.file))
        worker = OutboxWorker("test", open_it, lambda records: records.deliveries, work, SQLITE_ERRORS)
        try:
            yield worker
        finally:
            worker.close()


@pytest.fixture
def here(tmp_path: Path) -> Here:
    """Nothing is to be done yet."""
    return Here(tmp_path / "r.db")


def test_each_is_done_in_its_turn(here: Here) -> None:
    """What is there at the beginning, and what comes later; at the end everything is let go."""
    work = Work()
    here.wants("a", "b")
    with here.working(work) as worker:
        _until(lambda: len(work.done) == 2)
        here.wants("c")
        worker.wake()
        _until(lambda: not here.waiting())
    assert [message for message, _ in work.done] == ["run-a", "run-b", "run-c"]
    assert work.heard == []
    assert work.closed.is_set()


def test_what_fails_has_its_pause_and_holds_nobody_up(here: Here) -> None:
    """It is told once that something fails, and once that it goes again."""
    work = Work(NotDone("away"), None, NotDone("away still"), None)
    here.wants("a", "b")
    with here.working(work):
        _until(lambda: not here.waiting())
    assert [message for message, _ in work.done] == ["run-a", "run-b", "run-a", "run-a"]
    assert work.done[2][1] - work.done[0][1] >= PAUSE_S
    assert work.heard == ["failing run-a: away", "works again", "failing run-a: away still", "works again"]


def test_who_asks_for_time_has_it(here: Here) -> None:
    """More than the pause that would be made."""
    work = Work(NotDone("busy", wait_s=3600))
    here.wants("a")
    with here.working(work):
        _until(lambda: work.heard)
        with open_records(here.file) as records:
            assert (records.deliveries.next_due() or 0) > time.time() + 3000


def test_in_vain_for_ever(here: Here) -> None:
    """It is given up, and the next has its turn."""
    work = Work(*(NotDone("no") for _ in range(3)))
    here.wants("a")
    with here.working(work) as worker:
        _until(lambda: work.heard[-1:] == ["given up run-a: no"])
        here.wants("b")
        worker.wake()
        _until(lambda: work.done[-1][0] == "run-b")


def test_a_database_that_is_away_for_a_while(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, opened anew, and goes on."""
    monkeypatch.setattr(outbox, "LOOK_EVERY_S", 0.05)
    work, opened = Work(), []

    def open_it() -> RecordsStore:
        opened.append(open_records(here.file))
        if len(opened) == 1:
            opened[0].close()  # as a server does whose machine goes down
        return opened[-1]

    here.wants("a")
    with capture_logs() as lines, here.working(work, open_it):
        _until(lambda: not here.waiting())
    assert [line["event"] for line in lines] == ["records.unwritable"]
    assert len(opened) == 2


def _until(holds: Callable[[], object]) -> None:
    until, waits = time.monotonic() + patience.seconds(5), threading.Event()
    while not holds():
        assert time.monotonic() < until, "does not come to hold"
        waits.wait(0.01)
