"""Keys for web pages: short-lived, good for one session, which each brings its configuration."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "ek_"
MOST = 10_000
"""Keys that were given out and not used yet; the oldest goes first."""
SECONDS = 600
"""Life of a key unless its maker says otherwise."""
LEAST_SECONDS, MOST_SECONDS = 10, 7200


@dataclass(frozen=True, slots=True)
class EphemeralKey:
    """What a key is good for. `expires_at` in Unix seconds; `of`: who has asked for it."""

    session: Mapping[str, Any]
    expires_at: float
    of: str = ""


class EphemeralKeys:
    """The keys that one process has given out."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._keys: dict[str, EphemeralKey] = {}

    def issue(self, session: Mapping[str, Any], seconds: int, of: str = "") -> tuple[str, int]:
        """Make a key for a session; return it and its expiry in Unix seconds."""
        now = self._clock()
        if len(self._keys) >= MOST:
            self._keys = {key: one for key, one in self._keys.items() if one.expires_at > now}
        if len(self._keys) >= MOST:
            del self._keys[next(iter(self._keys))]
        key = f"{PREFIX}{secrets.token_hex(16)}"
        self._keys[key] = EphemeralKey(session, now + seconds, of)
        return key, int(now + seconds)

    def find(self, key: str) -> EphemeralKey | None:
        """Return what a key is good for; None if it is none, or not any more."""
        known = self._keys.get(key)
        return known if known is not None and known.expires_at > self._clock() else None

    def take(self, key: str) -> EphemeralKey | None:
        """Use a key up; None if it is none, or not any more."""
        known = self.find(key)
        if known is not None:
            del self._keys[key]
        return known

    def give_back(self, key: str, known: EphemeralKey) -> None:
        """Let a key be good again whose session could not be had."""
        self._keys[key] = known
