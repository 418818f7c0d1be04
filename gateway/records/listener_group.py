"""Everybody who listens to a call, as one listener; whoever breaks is left out, the call goes on.

A listener says by its `hears` of which facts and orders it wants to be told; one without is told of all. Most
of what happens in a call concerns one or two of its listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import get_args

import structlog

from gateway.call import MAY_BE_SECRET, Fact, Order, shown

log = structlog.get_logger(__name__)

EVENTS = frozenset((*get_args(Fact), *get_args(Order)))
"""All that there is to be heard of a call."""


class ListenerGroup:
    """A listener that tells all others, in their order."""

    def __init__(self, *listeners: Callable[[Fact | Order, float], None]) -> None:
        self._listeners: tuple[tuple[Container[type], Callable[[Fact | Order, float], None]], ...] = ()
        self.add(*listeners)

    def __call__(self, event: Fact | Order, now: float) -> None:
        """Pass on one fact or order, `now` in the listeners' seconds, as it is shown. Raises nothing."""
        kind = type(event)
        if kind in MAY_BE_SECRET:
            event = shown(event)
        for kinds, listener in self._listeners:
            if kind not in kinds:
                continue
            try:
                listener(event, now)
            except Exception:  # a full disk must not cost the caller the call
                log.exception("call.listener_broke")
                self._remove(listener)

    def add(self, *listeners: Callable[[Fact | Order, float], None]) -> None:
        """Tell these, too, from now on."""
        self._listeners += tuple((getattr(one, "hears", EVENTS), one) for one in listeners)

    @contextmanager
    def with_listener(self, listener: Callable[[Fact | Order, float], None]) -> Iterator[None]:
        """Tell this one, too, as long as the block lasts."""
        self.add(listener)
        try:
            yield
        finally:
            self._remove(listener)

    def _remove(self, listener: Callable[[Fact | Order, float], None]) -> None:
        self._listeners = tuple(one for one in self._listeners if one[1] is not listener)

    def dismiss(self) -> None:
        """Let all go: the call is over, and no two of its parts may keep each other in memory."""
        self._listeners = ()
