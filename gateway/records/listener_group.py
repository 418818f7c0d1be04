"""Everybody who listens to a call, as one listener; whoever breaks is left out, the call goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from gateway.call import AgentAudio, Fact, Order, Play

log = structlog.get_logger(__name__)

OFTEN = frozenset({AgentAudio, Play})
"""What a talking call has most of: most listeners pass over it before they look any closer."""


class ListenerGroup:
    """A listener that tells all others, in their order."""

    def __init__(self, *listeners: Callable[[Fact | Order, float], None]) -> None:
        self._listeners = listeners

    def __call__(self, event: Fact | Order, now: float) -> None:
        """Pass on one fact or order, `now` in the listeners' seconds. Raises nothing."""
        for listener in self._listeners:
            try:
                listener(event, now)
            except Exception:  # a full disk must not cost the caller the call
                log.exception("call.listener_broke")
                self._listeners = tuple(other for other in self._listeners if other is not listener)

    def add(self, *listeners: Callable[[Fact | Order, float], None]) -> None:
        """Tell these, too, from now on."""
        self._listeners += listeners

    @contextmanager
    def with_listener(self, listener: Callable[[Fact | Order, float], None]) -> Iterator[None]:
        """Tell this one, too, as long as the block lasts."""
        self.add(listener)
        try:
            yield
        finally:
            self._listeners = tuple(other for other in self._listeners if other is not listener)

    def dismiss(self) -> None:
        """Let all go: the call is over, and no two of its parts may keep each other in memory."""
        self._listeners = ()
