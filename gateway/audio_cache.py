"""Sounds kept in memory for the next time: bounded, the one not used for longest goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class AudioCache:
    """Sounds by a key of any kind; together they take `most` bytes at most."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sounds: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0

    def __contains__(self, key: Hashable) -> bool:
        return key in self._sounds

    def get(self, key: Hashable) -> bytes | None:
        """Return a sound, which is used by that."""
        if (pcm := self._sounds.get(key)) is not None:
            self._sounds.move_to_end(key)
        return pcm

    def put(self, key: Hashable, pcm: bytes) -> None:
        """Keep a sound, in place of what was kept under its key before."""
        self._size += len(pcm) - len(self._sounds.pop(key, b""))
        self._sounds[key] = pcm
        while self._size > self._most:
            _, oldest = self._sounds.popitem(last=False)
            self._size -= len(oldest)
