"""Who may come in: the server's own key, and the ephemeral ones it gives out for browsers."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from websockets.datastructures import Headers

from gateway.webrtc.ephemeral_keys import EphemeralKey, EphemeralKeys
from gateway.webrtc.offered_key import key_offered


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to come in; an ephemeral key brings its session's configuration."""

    by: EphemeralKey | None = None

    @property
    def session(self) -> Mapping[str, Any] | None:
        """The configuration that came with the key."""
        return None if self.by is None else self.by.session


def shown_key(headers: Headers) -> str:
    """Find the key a client shows, in whichever of the three places; "" if none."""
    for bearer in headers.get_all("Authorization"):
        if bearer.lower().startswith("bearer "):
            return bearer[7:].strip()
    if offered := key_offered(all_of(headers, "Sec-WebSocket-Protocol")):
        return offered
    return next(iter(headers.get_all("api-key")), "")


def all_of(headers: Headers, name: str) -> str:
    """Return a header that may come several times, as one."""
    return ", ".join(headers.get_all(name))


class AccessKeys:
    """The keys of one server. Without `api_key` everybody may come in."""

    def __init__(self, api_key: str, clock: Callable[[], float] = time.time) -> None:
        self._api_key = api_key
        self._ephemeral = EphemeralKeys(clock)

    def admit(self, key: str, *, ephemeral_too: bool = True) -> Grant | None:
        """Check a key; None when it opens nothing."""
        known = self._ephemeral.find(key) if ephemeral_too else None
        return self._own(key) if known is None else Grant(known)

    def take(self, key: str) -> Grant | None:
        """Check a key for a session that begins now: an ephemeral one is used up by it."""
        known = self._ephemeral.take(key)
        return self._own(key) if known is None else Grant(known)

    def give_back(self, key: str, grant: Grant) -> None:
        """Let a key be good again whose session could not be had."""
        if grant.by is not None:
            self._ephemeral.give_back(key, grant.by)

    def issue(self, session: Mapping[str, Any], seconds: int) -> tuple[str, int]:
        """Make an ephemeral key for a session; give it and its expiry in Unix seconds."""
        return self._ephemeral.issue(session, seconds)

    def _own(self, key: str) -> Grant | None:
        known = not self._api_key or hmac.compare_digest(key.encode(), self._api_key.encode())
        return Grant() if known else None
