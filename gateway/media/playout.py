"""What is on air, what waits, how much was heard: the twin of `playout.hpp` in Python, for portable ports.

Pure: no PJSIP, no clock, no lock. Orders are given on one thread (`play`, `mark`, `flush`, `gain`), ticks
run on another (`pull`, `idle`), reports are taken on the first (`events`). They meet in two deques, whose
append and popleft are atomic in CPython.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gateway.errors import PlayoutFull
from gateway.media.media_port import AGENT_RATE, FADE_SAMPLES, PLAYOUT_SECONDS, TICK_SAMPLES
from gateway.media.port_events import Dropped, Event, MarkPlayed, PortFlushed

Samples: TypeAlias = npt.NDArray[np.int16]

TICK_MS = TICK_SAMPLES * 1000 // AGENT_RATE
UNTIL_TOLD = -1
"""Ticks that a queue waits which nobody has given a time."""
FADE = (1 + np.cos(np.arange(1, FADE_SAMPLES + 1) / (FADE_SAMPLES + 1) * np.pi)) / 2
"""Half a cosine from 1 to 0: a straight line has two corners, and they are audible on a tone."""


@dataclass(slots=True)
class _Chunk:
    item: int
    samples: Samples


@dataclass(frozen=True, slots=True)
class _Mark:
    number: int


@dataclass(frozen=True, slots=True)
class _Flush:
    pass


@dataclass(frozen=True, slots=True)
class _Gain:
    factor: float


@dataclass(frozen=True, slots=True)
class _Pause:
    on: bool


class _Wait:
    """Replaced by whoever tells the queue to wait, counted down by the thread that ticks."""

    def __init__(self, ticks: int) -> None:
        self._ticks = ticks

    def passed(self) -> bool:
        """Let a tick pass; return whether the queue waited in it."""
        left = self._ticks
        if left > 0:
            self._ticks = left - 1
        return left != 0


class Playout:
    """One call's audio towards the phone. Samples are 24 kHz, a tick is 480 of them."""

    def __init__(self) -> None:
        self._orders: deque[_Chunk | _Mark | _Flush | _Gain | _Pause] = deque()
        self._wait = _Wait(0)
        self._events: deque[Event] = deque()
        self._given = 0  # samples, ever; written by the giving thread only
        # Everything below belongs to the ticking thread.
        self._left = 0  # samples, ever: pulled or dropped
        self._queue: deque[_Chunk | _Mark] = deque()
        self._item = 0
        self._heard = 0
        self._sounding = False  # the last tick ended in sound: to stop here without a fade would click
        self._starved = False  # silence went out since the item's last sample, and no flush asked for it
        self._paused = False
        self._gain = self._wanted_gain = 1.0
        self.underruns = 0

    # --- orders ------------------------------------------------------------------------------------

    @property
    def queued(self) -> int:
        """Samples that wait."""
        return self._given - self._left

    def play(self, item: int, pcm: bytes) -> None:
        """See `port.Port.play`."""
        if item < 1:
            raise ValueError("an item's number is positive")
        if len(pcm) % 2:
            raise ValueError("half a sample")
        if not pcm:
            return
        samples = np.frombuffer(pcm, "<i2")
        if self.queued + samples.size > PLAYOUT_SECONDS * AGENT_RATE:
            raise PlayoutFull(f"more than {PLAYOUT_SECONDS} s of audio would be queued")
        self._given += samples.size
        self._orders.append(_Chunk(item, samples))

    def mark(self, mark: int, awaited: bool = True) -> None:
        """See `port.Port.mark`."""
        self._orders.append(_Mark(mark))

    def flush(self) -> None:
        """See `port.Port.flush`."""
        self._orders.append(_Flush())

    def gain(self, factor: float) -> None:
        """See `port.Port.gain`."""
        if not 0.0 <= factor <= 1.0:
            raise ValueError("a gain is 0.0 to 1.0")
        self._orders.append(_Gain(factor))

    def pause(self, on: bool) -> None:
        """See `port.Port.pause`."""
        self._orders.append(_Pause(on))

    def wait(self, on: bool, at_most_ms: int = 0) -> None:
        """See `port.Port.wait`."""
        self._wait = _Wait((at_most_ms // TICK_MS or UNTIL_TOLD) if on else 0)

    def events(self) -> list[Event]:
        """See `port.Port.events`."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def report(self, event: Event) -> None:
        """Ticking thread: add an event of somebody else's."""
        self._events.append(event)

    @property
    def reported(self) -> bool:
        """True if events wait."""
        return bool(self._events)

    # --- ticks -------------------------------------------------------------------------------------

    def pull(self) -> tuple[Samples, int]:
        """Obey the orders; give a tick of sound and how many of its samples came from the queue."""
        out = np.zeros(TICK_SAMPLES, np.int16)
        faded = self._obey(out)
        filled = 0 if self._wait.passed() else faded + self._fill(out[faded:])
        self._sounding = filled == TICK_SAMPLES
        self._starved = self._starved or not (self._sounding or self._paused)
        return out, filled

    def idle(self) -> None:
        """Obey the orders in a tick in which nobody pulls."""
        self._wait.passed()
        self._sounding = False
        self._obey(np.zeros(TICK_SAMPLES, np.int16))
        if not self._paused:
            self._pass_marks()

    def _obey(self, out: Samples) -> int:
        faded = 0
        for _ in range(len(self._orders)):
            order = self._orders.popleft()
            if isinstance(order, _Flush):
                faded += self._fade_out(out[faded:])
                self._drop_queue()
            elif isinstance(order, _Gain):
                self._wanted_gain = order.factor
            elif isinstance(order, _Pause):
                faded += self._pause(order.on, out[faded:])
            else:
                self._queue.append(order)
        return faded

    def _pause(self, on: bool, out: Samples) -> int:
        """Fade into a pause, which is heard and not said again; the sound rises within a tick after it."""
        if on == self._paused:
            return 0
        faded = self._fade_out(out) if on else 0
        self._paused = on
        if not on:
            self._gain = 0.0
        return faded

    def _fade_out(self, out: Samples) -> int:
        """Fade what sounded in the last tick; an item that has not begun is dropped unheard."""
        if not self._sounding:
            return 0
        self._sounding = False
        count = 0
        while count < FADE_SAMPLES and self._queue:
            first = self._queue[0]
            if isinstance(first, _Mark):
                self._pass_marks()
            elif first.item == self._item:
                count += self._take(first, out[count:FADE_SAMPLES])
            else:
                break
        if count:
            ramp = FADE[np.arange(count) * FADE_SAMPLES // count] * self._gain
            out[:count] = np.rint(out[:count] * ramp)
        return count

    def _drop_queue(self) -> None:
        remaining = 0
        dropped: list[Dropped] = []
        while self._queue:
            order = self._queue.popleft()
            if isinstance(order, _Mark):
                continue
            size = order.samples.size
            self._left += size
            if order.item == self._item and not dropped:
                remaining += size
            elif dropped and dropped[-1].item == order.item:
                dropped[-1] = Dropped(order.item, dropped[-1].samples + size)
            else:
                dropped.append(Dropped(order.item, size))
        self._starved = self._paused = False
        self._gain = self._wanted_gain = 1.0
        self._events.append(PortFlushed(self._item, self._heard, remaining, tuple(dropped)))

    def _fill(self, out: Samples) -> int:
        count = 0
        if self._paused:
            return count
        while count < out.size and self._queue:
            first = self._queue[0]
            if isinstance(first, _Mark):
                self._pass_marks()
            else:
                count += self._take(first, out[count:])
        self._pass_marks()
        self._amplify(out[:count])
        return count

    def _take(self, chunk: _Chunk, out: Samples) -> int:
        """Pull from the first chunk of the queue, and drop the chunk once it is empty."""
        if chunk.item != self._item:
            self._item = chunk.item
            self._heard = 0
        elif self._starved:
            self.underruns += 1
        self._starved = False
        count = min(out.size, chunk.samples.size)
        out[:count] = chunk.samples[:count]
        chunk.samples = chunk.samples[count:]
        self._heard += count
        self._left += count
        if not chunk.samples.size:
            self._queue.popleft()
        return count

    def _pass_marks(self) -> None:
        while self._queue:
            first = self._queue[0]
            if not isinstance(first, _Mark):
                break
            self._queue.popleft()
            self._events.append(MarkPlayed(first.number))

    def _amplify(self, out: Samples) -> None:
        if self._gain == self._wanted_gain == 1.0:
            return
        step = (self._wanted_gain - self._gain) / TICK_SAMPLES
        out[:] = np.rint(out * (self._gain + step * np.arange(1, out.size + 1)))
        self._gain = self._wanted_gain
