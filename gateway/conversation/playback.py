"""What the caller is hearing, will hear, and has heard: the agent's items between the model and the phone.

A model speaks faster than real time, so the end of a response says nothing about the end of its sound.
This book is kept per item (a response may hold several) and answers, after a flush, what the model has
to be told: `Truncate` for the item that was cut, `DeleteItem` for those of which nothing was heard. The same
for audio that was dropped before it was on its way, because another response spoke by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from gateway.audio import BYTES_PER_MS
from gateway.call import DeleteItem, Flushed, Truncate

KNOWN = 64
"""Items of which it is remembered what was heard: audio that comes too late comes soon after."""
Known = TypeVar("Known")


@dataclass(slots=True)
class PlayingItem:
    """One agent item on its way to the caller. `sent_all`: the model will send no more audio of it.

    `cut_short`: it has sent more than is played.
    """

    id: str
    response_id: str
    received_bytes: int = 0
    sent_all: bool = False
    cut_short: bool = False

    @property
    def received_ms(self) -> int:
        """Milliseconds of audio that the model has sent, rounded down as the model counts them."""
        return self.received_bytes // BYTES_PER_MS


class PlaybackTracker:
    """The agent's items in the order in which the caller hears them, until each was heard or flushed."""

    def __init__(self) -> None:
        self._items: list[PlayingItem] = []
        self._flushes: list[list[PlayingItem]] = []  # what was on air at each flush that is not reported yet
        self.began = 0.0
        """When the caller began to hear what is on air: seconds, of the clock that `add` is told."""
        self._paused_at: float | None = None
        self._until = 0.0  # what is on air is heard, if nothing holds it up
        self._heard_out: dict[str, int] = {}  # ms played of the last items, by id
        self._settled: dict[str, None] = {}  # the last items of which the model knows what was heard

    def __bool__(self) -> bool:
        return bool(self._items)

    @property
    def responses(self) -> frozenset[str]:
        """The responses of which something may still be heard."""
        return frozenset(item.response_id for item in self._items)

    def add(self, response_id: str, item_id: str, size: int, now: float) -> None:
        """Note `size` bytes of an item handed to the leg."""
        if not self._items:
            self.began = now
        item = _find(item_id, self._items)
        if item is None:
            item = PlayingItem(item_id, response_id)
            self._items.append(item)
        item.received_bytes += size
        self._until = max(self._until, now) + size / (BYTES_PER_MS * 1000)

    def left(self, now: float) -> float:
        """Return the seconds of what is on air that are still to be heard."""
        stands_at = now if self._paused_at is None else self._paused_at
        return max(self._until - stands_at, 0.0) if self._items else 0.0

    def pause(self, now: float) -> None:
        """Note that the agent waits where it is."""
        self._paused_at = now if self._paused_at is None else self._paused_at

    def goes_on(self, now: float) -> None:
        """Note that it goes on."""
        if self._paused_at is not None:
            self._until += now - self._paused_at
            self._paused_at = None

    def sent_all(self, item_id: str) -> bool:
        """Note that the model has sent all of an item. False if nothing of it ever came."""
        item = _find(item_id, self._all)
        if item is not None:
            item.sent_all = True
        return item is not None

    def heard(self, item_id: str) -> list[Truncate]:
        """Note that the caller has heard an item to its end, and so everything before it."""
        orders: list[Truncate] = []
        for items in (*self._flushes, self._items):
            while _find(item_id, items) is not None:
                item = items.pop(0)
                if item.cut_short:
                    orders.append(Truncate(item.id, item.received_ms))
                    _remember(self._settled, item.id, None)
                else:
                    _remember(self._heard_out, item.id, item.received_ms)
        return orders

    def dropped(self, item_id: str) -> list[Truncate | DeleteItem]:
        """Note that the model has sent audio of an item that is not played."""
        if (item := _find(item_id, self._all)) is not None:
            item.cut_short = True
            return []
        if item_id in self._settled:
            return []
        _remember(self._settled, item_id, None)
        heard_ms = self._heard_out.get(item_id, 0)
        return [Truncate(item_id, heard_ms) if heard_ms else DeleteItem(item_id)]

    def flush(self) -> None:
        """Note that the leg was told to silence what is on air. It reports that at its next tick.

        What is added until then was not flushed: an answer to a key may be there sooner than the report.
        """
        self._flushes.append(self._items)
        self._items = []
        self._until, self._paused_at = 0.0, None

    def flushed(self, report: Flushed) -> list[Truncate | DeleteItem]:
        """Settle what was cut off: what was on air at the flush, at one that was not noted everything.

        The cut never exceeds what the model sent: it would reject a longer one.
        """
        if not self._flushes:
            self.flush()
        items = self._flushes.pop(0)
        for item in items:
            _remember(self._settled, item.id, None)
        position = next((n for n, item in enumerate(items) if item.id == report.item_id), -1)
        orders: list[Truncate | DeleteItem] = []
        if position >= 0 and (cut := self._cut(items[position], report)) is not None:
            orders.append(cut)
        orders.extend(DeleteItem(item.id) for item in items[position + 1 :])
        return orders

    @staticmethod
    def _cut(item: PlayingItem, report: Flushed) -> Truncate | DeleteItem | None:
        if item.sent_all and report.remaining_ms == 0:
            # Heard to its end; only the report of it was still on its way.
            return Truncate(item.id, item.received_ms) if item.cut_short else None
        if report.heard_ms <= 0:
            return DeleteItem(item.id)  # a truncation to 0 ms is refused by some servers
        return Truncate(item.id, min(report.heard_ms, item.received_ms))

    @property
    def _all(self) -> Iterator[PlayingItem]:
        return chain(*self._flushes, self._items)


def _find(item_id: str, items: Iterable[PlayingItem]) -> PlayingItem | None:
    return next((item for item in items if item.id == item_id), None)


def _remember(last: dict[str, Known], item_id: str, known: Known) -> None:
    last[item_id] = known
    if len(last) > KNOWN:
        del last[next(iter(last))]
