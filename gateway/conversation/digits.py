"""Gathers the keys that a caller presses into one thing said: a number is not ten turns."""

from __future__ import annotations

PAUSE = 1.5
"""Seconds without a key after which what was keyed is complete."""
LONGEST = 32
"""Keys after which it is complete in any case: nobody keys a longer number."""


class KeyBuffer:
    """Keys so far. Complete at `#`, after a pause, or at the greatest length."""

    def __init__(self) -> None:
        self._keys = ""
        self._last = 0.0

    def pressed(self, key: str, now: float) -> str:
        """Take a key at `now` seconds; return all keys if that completes them, else ""."""
        self._last = now
        if key != "#":
            self._keys += key
        elif not self._keys:
            return "#"
        return self._take() if key == "#" or len(self._keys) >= LONGEST else ""

    def passed(self, now: float) -> str:
        """Return all keys if the caller has paused long enough at `now` seconds, else ""."""
        return self._take() if self._keys and now - self._last >= PAUSE else ""

    def _take(self) -> str:
        keys, self._keys = self._keys, ""
        return keys
