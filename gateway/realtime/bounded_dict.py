"""A dictionary that forgets its oldest entries: a call lasts an hour and has thousands of items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class BoundedDict(Generic[Value]):
    """The last `most` entries by key."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._entries: dict[str, Value] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __setitem__(self, key: str, value: Value) -> None:
        self._entries[key] = value
        if len(self._entries) > self._most:
            del self._entries[next(iter(self._entries))]

    def items(self) -> Iterable[tuple[str, Value]]:
        """Return all entries, oldest first."""
        return self._entries.items()

    def get(self, key: str) -> Value | None:
        """Return an entry that is still known."""
        return self._entries.get(key)

    def pop(self, key: str) -> Value | None:
        """Return an entry and forget it."""
        return self._entries.pop(key, None)

    def first_time(self, key: str, value: Value) -> bool:
        """Enter `key` unless it is known; say whether it was new."""
        if key in self._entries:
            return False
        self[key] = value
        return True
