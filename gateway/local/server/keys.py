"""Who may come in: the server's own key, and the ephemeral ones it gives out for browsers."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from websockets.datastructures import Headers

BROWSER_KEY = "openai-insecure-api-key."
"""Browsers cannot set headers: they offer a pseudo-subprotocol with the key behind this prefix."""

MOST_EPHEMERAL = 10_000
"""Bound of keys given out and not yet expired; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to come in; an ephemeral key brings its session's configuration."""

    session: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Ephemeral:
    expires_at: float
    session: Mapping[str, Any]


def shown_key(headers: Headers) -> str:
    """Find the key a client shows, in whichever of the three places; "" if none."""
    for bearer in headers.get_all("Authorization"):
        if bearer.lower().startswith("bearer "):
            return bearer[7:].strip()
    for offered in all_of(headers, "Sec-WebSocket-Protocol").split(","):
        if offered.strip().startswith(BROWSER_KEY):
            return offered.strip().removeprefix(BROWSER_KEY)
    return next(iter(headers.get_all("api-key")), "")


def all_of(headers: Headers, name: str) -> str:
    """Return a header that may come several times, as one."""
    return ", ".join(headers.get_all(name))


class AccessKeys:
    """The keys of one server. Without `api_key` everybody may come in."""

    def __init__(self, api_key: str, clock: Callable[[], float] = time.time) -> None:
        self._api_key = api_key
        self._clock = clock
        self._ephemeral: dict[str, _Ephemeral] = {}

    def admit(self, key: str, *, ephemeral_too: bool = True) -> Grant | None:
        """Check a key; None when it opens nothing."""
        known = self._ephemeral.get(key) if ephemeral_too else None
        if known is not None and known.expires_at > self._clock():
            return Grant(known.session)
        if not self._api_key or hmac.compare_digest(key.encode(), self._api_key.encode()):
            return Grant()
        return None

    def issue(self, session: Mapping[str, Any], seconds: int) -> tuple[str, int]:
        """Make an ephemeral key for a session; give it and its expiry in Unix seconds."""
        now = self._clock()
        if len(self._ephemeral) >= MOST_EPHEMERAL:
            self._ephemeral = {key: one for key, one in self._ephemeral.items() if one.expires_at > now}
        if len(self._ephemeral) >= MOST_EPHEMERAL:
            del self._ephemeral[next(iter(self._ephemeral))]
        key = f"ek_{secrets.token_hex(16)}"
        self._ephemeral[key] = _Ephemeral(now + seconds, session)
        return key, int(now + seconds)
