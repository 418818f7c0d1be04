"""Keys that are asked for, such as a PIN: how many, and what ends them. They go to who asked alone."""

from __future__ import annotations

from collections.abc import Callable


class KeyCollector:
    """`most`: so many complete it; so does `terminator`, which is not one of them ("": no key does).

    `on_key` is told of each key.
    """

    def __init__(self, most: int, terminator: str, on_key: Callable[[], None]) -> None:
        self._most = most
        self._terminator = terminator
        self._on_key = on_key
        self.keys = ""
        self.complete = False

    def press(self, key: str) -> None:
        """Take a key; those after the last one are nobody's."""
        if not self.complete:
            if key != self._terminator:
                self.keys += key
            self.complete = key == self._terminator or len(self.keys) >= self._most
        self._on_key()
