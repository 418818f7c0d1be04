"""One press of a key counts once, though a phone may tell of it in several ways.

Phones and PBXs that cannot know what the other side reads send a key as an RFC 4733 event in the audio, and
as an INFO beside it; some leave its tones in the sound as well. All come within moments: the event when the
key goes down, the tones shortly after, the INFO then, or when it is let go.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.short_queue import ShortQueue

TOGETHER_S = 3.0
"""Seconds within which a press is told of again: a key may be held for long, and an INFO be lost once."""
KEPT = 32
"""Presses that wait to be told of in other ways."""
IN_BAND = -1
"""The way of tones in the sound; others are PJSIP's numbers."""


@dataclass(slots=True)
class _Press:
    key: str
    at: float
    ways: set[int]


class KeyPresses:
    """One call's keys. `way` is how a press was told of; times are in seconds."""

    def __init__(self) -> None:
        self._told = ShortQueue[_Press](KEPT)

    def counts(self, key: str, way: int, now: float) -> bool:
        """Return whether this tells of a press that nobody has told of in another way."""
        while self._told and now - self._told[0].at > TOGETHER_S:
            self._told.popleft()
        for press in self._told:
            if press.key == key and way not in press.ways:
                press.ways.add(way)
                return False
        self._told.append(_Press(key, now, {way}))
        return True
