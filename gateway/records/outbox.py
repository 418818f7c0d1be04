"""The thread that does what stands in an outbox, a table beside the records: in turn, and until it is done.

What is to be done is written in one transaction with the record that it comes of, and outlives the process:
it is tried again after a while, by the next gateway if need be, and so may be done twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import structlog

if TYPE_CHECKING:
    from gateway.records.store.records_store import RecordsStore

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Items that are looked up together."""
LOOK_EVERY_S = 60.0
"""Whatever else: another gateway, or a command, may have left something."""
CLOSE_WITHIN_S = 5.0


class Item(Protocol):
    """What is to be done."""

    @property
    def tries(self) -> int:
        """How often it was tried in vain."""


ItemT = TypeVar("ItemT", bound=Item)
ItemT_contra = TypeVar("ItemT_contra", bound=Item, contravariant=True)


class Outbox(Protocol[ItemT]):
    """What is to be done, the longest due first; for one thread. Raises what its database does."""

    def due(self, now: float, most: int) -> list[ItemT]:
        """Return what is to be tried now."""

    def next_due(self) -> float | None:
        """Return when the next is due; None if none is."""

    def done(self, item: ItemT) -> None:
        """It was done."""

    def postpone(self, item: ItemT, due: float | None) -> None:
        """It was tried in vain; None: it is not tried any more."""


class NotDone(Exception):
    """It could not be done: why, in a line. It is not tried again within `wait_s` seconds."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        self.wait_s = wait_s
        super().__init__(why)


class Errand(Protocol[ItemT_contra]):
    """What is done with an item, in the worker's thread."""

    def do(self, item: ItemT_contra) -> None:
        """Do it. Raises NotDone."""

    def pause_s(self, tries: int) -> float | None:
        """Return the seconds until it is tried again after so many tries before; None: it is given up."""

    def failing(self, item: ItemT_contra, why: str) -> None:
        """Tell that something could not be done: the first since all went well."""

    def works_again(self) -> None:
        """Tell that something was done after that."""

    def given_up(self, item: ItemT_contra, why: str) -> None:
        """Tell that it is not tried any more."""

    def close(self) -> None:
        """Let go of what was needed."""


class OutboxWorker(Generic[ItemT]):
    """Works until `close`.

    `open_records` opens the database, in the thread, and `outbox` finds in it what is to be done; `errors`
    are what it may raise, and passes: it is opened anew then.
    """

    def __init__(
        self,
        name: str,
        open_records: Callable[[], RecordsStore],
        outbox: Callable[[RecordsStore], Outbox[ItemT]],
        errand: Errand[ItemT],
        errors: tuple[type[Exception], ...],
    ) -> None:
        self._open = open_records
        self._outbox = outbox
        self._errand = errand
        self._errors = errors
        self._news = threading.Event()
        self._closing = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self._news.set()

    def close(self) -> None:
        """End; what is left is done by the next gateway. Idempotent."""
        self._closing.set()
        self._news.set()
        self._thread.join(CLOSE_WITHIN_S)

    def _work(self) -> None:
        try:
            while not self._closing.is_set():
                try:
                    with self._open() as records:
                        self._keep_doing(self._outbox(records))
                except self._errors as error:
                    log.error("records.unwritable", error=str(error))
                    self._news.wait(LOOK_EVERY_S)
                    self._news.clear()
        finally:
            self._errand.close()

    def _keep_doing(self, outbox: Outbox[ItemT]) -> None:
        """Do what is due, and wait for more, until the end."""
        while not self._closing.is_set():
            self._news.clear()  # before the look: what comes after it is not missed
            due = outbox.due(time.time(), AT_ONCE)
            for item in due:
                if self._closing.is_set():
                    return
                self._try(outbox, item)
            if not due:
                self._news.wait(self._until_next(outbox))

    def _until_next(self, outbox: Outbox[ItemT]) -> float:
        moment = outbox.next_due()
        return LOOK_EVERY_S if moment is None else min(LOOK_EVERY_S, max(0.0, moment - time.time()))

    def _try(self, outbox: Outbox[ItemT], item: ItemT) -> None:
        try:
            self._errand.do(item)
        except NotDone as not_done:
            self._in_vain(outbox, item, not_done)
            return
        outbox.done(item)
        if self._failing:
            self._failing = False
            self._errand.works_again()

    def _in_vain(self, outbox: Outbox[ItemT], item: ItemT, not_done: NotDone) -> None:
        pause_s = self._errand.pause_s(item.tries)
        if pause_s is None:
            outbox.postpone(item, None)
            self._errand.given_up(item, str(not_done))
            return
        outbox.postpone(item, time.time() + max(pause_s, not_done.wait_s))
        if not self._failing:
            self._failing = True
            self._errand.failing(item, str(not_done))
