"""A queue that is empty or short most of the time. Pure."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


class ShortQueue(list[T]):
    """A deque takes 760 bytes even if nothing is in it, and a call has ten; this one a tenth of that.

    `most`: beyond so many the oldest is dropped, as of a deque's `maxlen`.
    """

    __slots__ = ("_most",)

    def __init__(self, most: int | None = None) -> None:
        super().__init__()
        self._most = most

    def append(self, item: T) -> None:
        """Add an item at the end."""
        super().append(item)
        if self._most is not None and len(self) > self._most:
            del self[0]

    def popleft(self) -> T:
        """Take the oldest item; IndexError if there is none. What it costs grows with how many there are."""
        return self.pop(0)
