"""One press of a key counts once, though a phone may tell of it in two ways.

Phones and PBXs that cannot know what the other side reads send a key as an RFC 4733 event in the audio, and
as an INFO beside it. The two come within moments: the event when the key goes down, the INFO then, or when it
is let go.
"""

from __future__ import annotations

from collections import deque

TOGETHER_S = 3.0
"""Seconds within which a press is told of again: a key may be held for long, and an INFO be lost once."""
KEPT = 32
"""Presses that wait for their second telling."""


class KeyPresses:
    """One call's keys. `way` is how a press was told of; times are in seconds."""

    def __init__(self) -> None:
        self._told: deque[tuple[str, int, float]] = deque(maxlen=KEPT)

    def counts(self, key: str, way: int, now: float) -> bool:
        """Return whether this tells of a press that nobody has told of in another way."""
        while self._told and now - self._told[0][2] > TOGETHER_S:
            self._told.popleft()
        for told in self._told:
            if told[0] == key and told[1] != way:
                self._told.remove(told)
                return False
        self._told.append((key, way, now))
        return True
