"""Where a call of ours is sent on to (RFC 3261 section 8.1.3.4), and whether it goes there. Pure."""

from __future__ import annotations

from collections.abc import Callable

MOST = 3


def nowhere(_uri: str) -> bool:
    """Follow nobody."""
    return False


class Redirections:
    """One call's. `follows`: whether its trunk allows an address."""

    def __init__(self, follows: Callable[[str], bool] = nowhere) -> None:
        self._follows = follows
        self._followed = 0

    def take(self, uri: str) -> bool:
        """Return whether to go to this address: where that is allowed, and not for ever."""
        if self._followed >= MOST or not self._follows(uri):
            return False
        self._followed += 1
        return True
