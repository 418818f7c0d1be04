"""A port's playout, slow and obvious: one list of samples, one loop. What the real ones are compared with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from gateway.media.media_port import FADE_SAMPLES, TICK_SAMPLES
from gateway.media.port_events import Dropped, Event, MarkPlayed, PortFlushed
from tests.equipment.tone import Pcm


@dataclass(frozen=True)
class Sample:
    """One sample of one item."""

    item: int
    value: int


@dataclass
class Reference:
    """The contract of `gateway.media.media_port.Port`, as far as it concerns playing."""

    orders: list[list[Sample] | int | None] = field(default_factory=list)
    """Since the last tick: the samples of a part, a mark, or None for a flush."""
    queue: list[Sample | int] = field(default_factory=list)
    """Samples and marks that wait."""
    item: int = 0
    heard: int = 0
    sounding: bool = False
    starved: bool = False
    underruns: int = 0
    reports: list[Event] = field(default_factory=list)

    def play(self, item: int, pcm: Pcm) -> None:
        """Queue a part of an item."""
        self.orders.append([Sample(item, int(value)) for value in pcm])

    def mark(self, mark: int) -> None:
        """Queue a mark."""
        self.orders.append(mark)

    def flush(self) -> None:
        """Queue a flush."""
        self.orders.append(None)

    @property
    def queued(self) -> int:
        """Samples that wait."""
        return sum(isinstance(entry, Sample) for entry in self.queue)

    def events(self) -> list[Event]:
        """Take the reports."""
        taken, self.reports = self.reports, []
        return taken

    def ticks(self, count: int) -> Pcm:
        """Pull so many ticks."""
        return np.concatenate([self.tick() for _ in range(count)])

    def tick(self) -> Pcm:
        """Obey the orders, then fill the tick."""
        out: list[int] = []
        orders, self.orders = self.orders, []
        for order in orders:
            if order is None:
                out += self._fade()
                self._drop()
            elif isinstance(order, int):
                self.queue.append(order)
            else:
                self.queue += order
        while len(out) < TICK_SAMPLES and self._sample_next():
            out.append(self._pull())
        self._pass_marks()
        self.sounding = len(out) == TICK_SAMPLES
        self.starved = self.starved or not self.sounding
        return np.array(out + [0] * (TICK_SAMPLES - len(out)), np.int16)

    def _pass_marks(self) -> None:
        while self.queue and isinstance(self.queue[0], int):
            self.reports.append(MarkPlayed(self.queue.pop(0)))  # type: ignore[arg-type]

    def _sample_next(self) -> Sample | None:
        self._pass_marks()
        return self.queue[0] if self.queue else None  # type: ignore[return-value]

    def _pull(self) -> int:
        sample = self.queue.pop(0)
        assert isinstance(sample, Sample)
        if sample.item != self.item:
            self.item, self.heard = sample.item, 0
        elif self.starved:
            self.underruns += 1
        self.starved = False
        self.heard += 1
        return sample.value

    def _fade(self) -> list[int]:
        """Up to 5 ms of what sounded in the last tick, under half a cosine from 1 to 0."""
        values: list[int] = []
        if self.sounding:
            # The order of the two conditions matters: a mark behind a whole fade was not passed.
            while len(values) < FADE_SAMPLES and (first := self._sample_next()) and first.item == self.item:
                values.append(self._pull())
        self.sounding = False
        shape = [(1 + math.cos((i + 1) / (FADE_SAMPLES + 1) * math.pi)) / 2 for i in range(FADE_SAMPLES)]
        return [round(value * shape[i * FADE_SAMPLES // len(values)]) for i, value in enumerate(values)]

    def _drop(self) -> None:
        remaining, dropped = 0, list[list[int]]()
        for entry in self.queue:
            if isinstance(entry, int):
                continue
            if entry.item == self.item and not dropped:
                remaining += 1
            elif dropped and dropped[-1][0] == entry.item:
                dropped[-1][1] += 1
            else:
                dropped.append([entry.item, 1])
        self.queue.clear()
        self.starved = False
        self.reports.append(
            PortFlushed(self.item, self.heard, remaining, tuple(Dropped(*pair) for pair in dropped))
        )
