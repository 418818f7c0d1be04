"""What the agent says, waiting to be played: how much of which item was heard. Pure: frames are asked for.

The hosted service calls it the output audio buffer, and tells when it begins to play a response, has played
all of it, or was cleared.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gateway.local.vocabulary import RATE

FRAME_BYTES = RATE // 50 * 2
"""20 ms of PCM16LE."""
SILENCE = bytes(FRAME_BYTES)
BYTES_A_MS = RATE * 2 // 1000
FULL_MS = 30_000
"""So much waits at most before whoever speaks is to wait."""

Change = Literal["started", "stopped", "cleared"]


@dataclass(frozen=True, slots=True)
class UnheardItem:
    """An item of which something was not heard: how much was."""

    item_id: str
    heard_ms: int


@dataclass(slots=True)
class _WaitingItem:
    response_id: str
    item_id: str
    pcm: bytearray
    played: int = 0  # bytes

    @property
    def left(self) -> int:
        return len(self.pcm) - self.played


class OutputBuffer:
    """One session's. `tell` hears of each change, and of which response."""

    def __init__(self, tell: Callable[[Change, str], None]) -> None:
        self._tell = tell
        self._items: deque[_WaitingItem] = deque()
        self._playing = ""  # the response that has begun
        self._open: set[str] = set()  # responses that may say more

    @property
    def waiting_ms(self) -> int:
        """How much is still to be played."""
        return sum(item.left for item in self._items) // BYTES_A_MS

    def add(self, response_id: str, item_id: str, pcm: bytes) -> None:
        """Put PCM16LE behind what waits."""
        self._open.add(response_id)
        if not self._items or self._items[-1].item_id != item_id:
            self._items.append(_WaitingItem(response_id, item_id, bytearray()))
        self._items[-1].pcm += pcm

    def finish(self, response_id: str) -> None:
        """Know that a response says no more."""
        self._open.discard(response_id)
        self._stopped()

    def next(self) -> bytes:
        """Return the next 20 ms: what waits, then silence."""
        frame = bytearray()
        while self._items and len(frame) < FRAME_BYTES:
            item = self._items[0]
            if item.left and self._playing != item.response_id:
                self._begin(item.response_id)
            piece = item.pcm[item.played : item.played + FRAME_BYTES - len(frame)]
            item.played += len(piece)
            frame += piece
            if item.left:
                break
            if len(self._items) == 1 and item.response_id in self._open:
                break  # more may come: what was played of it is still to be known
            self._items.popleft()
        self._stopped()
        return bytes(frame) + SILENCE[len(frame) :]

    def clear(self) -> tuple[UnheardItem, ...]:
        """Play no more; return the items that were not heard to their end, in order."""
        unheard = tuple(
            UnheardItem(item.item_id, item.played // BYTES_A_MS)
            for item in self._items
            if item.left or item.response_id in self._open
        )
        self._items.clear()
        self._open.clear()
        if self._playing:
            self._change("cleared")
        return unheard

    def _begin(self, response_id: str) -> None:
        if self._playing:
            self._change("stopped")
        self._playing = response_id
        self._tell("started", response_id)

    def _stopped(self) -> None:
        """Tell that a response was played to its end, if it was."""
        if self._playing and self._playing not in self._open and not any(item.left for item in self._items):
            self._items.clear()
            self._change("stopped")

    def _change(self, change: Change) -> None:
        response_id, self._playing = self._playing, ""
        self._tell(change, response_id)
