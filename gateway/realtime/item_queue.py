"""The audio of one response, one item after the other, in whatever order its pieces come. Pure.

A response may hold several items, and nothing forbids a server to send them side by side. The caller has but
one ear: a later item waits until the one before it is complete.
"""

from __future__ import annotations


class ItemQueue:
    """One response's. `front`: the item that is heard as it comes."""

    def __init__(self) -> None:
        self.front: str | None = None
        self._complete: set[str] = set()
        self._waiting: dict[str, bytearray] = {}

    def passes(self, item_id: str, pcm: bytes) -> bool:
        """Return whether a piece is to be heard now; one that is not waits here."""
        if self.front is None or (self.front in self._complete and item_id not in self._complete):
            self.front = item_id
        if item_id != self.front:
            self._waiting.setdefault(item_id, bytearray()).extend(pcm)
        return item_id == self.front

    def waits(self, item_id: str) -> bool:
        """Return whether pieces of an item wait."""
        return item_id in self._waiting

    def complete(self, item_id: str) -> list[tuple[str, bytes, bool]]:
        """Note that an item is; return those that are heard next: id, audio, whether that is all of it."""
        self._complete.add(item_id)
        released = []
        while self._waiting and (self.front is None or self.front in self._complete):
            self.front = next(iter(self._waiting))
            pcm = bytes(self._waiting.pop(self.front))
            released.append((self.front, pcm, self.front in self._complete))
        return released

    def rest(self) -> list[tuple[str, bytes]]:
        """Return what still waits, as no item will be completed any more."""
        rest = [(item_id, bytes(pcm)) for item_id, pcm in self._waiting.items()]
        self._waiting.clear()
        return rest
