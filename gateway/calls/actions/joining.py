"""A caller and somebody whom we call for them, brought together: at the answer, or before it.

What a phone, or the network in front of it, plays before anybody answers (early media, RFC 3960) is often
what callers have to hear: that the number has changed, that the line is busy, its own ringing. A join is
one-way until the answer by itself: nothing leaves for a phone that has not answered. Some networks agree upon
early media and send none: our own ringing goes on until there is a packet.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from gateway.call import Announcement, Fact, Join, Joined, Order, PlayMusic, Ringing, Separate, Separated
from gateway.calls.call import Call
from gateway.errors import OrderRefused
from gateway.tasks import within

LOOK_S = 0.1
"""Seconds between two looks whether early media has come."""
JOINS_S = 5.0
"""Seconds for a leg to tell whether it is joined, which it does at once."""


class Joining:
    """Use as a context. `early`: let the caller hear what comes from the other before the answer."""

    def __init__(self, call: Call, other: Call, by: str, *, early: bool) -> None:
        self._call = call
        self._other = other
        self._by = by
        self._early = early
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Future[bool] | None = None  # whether they are joined, once that was ordered
        self._parts = False  # of which there is word to come, too

    def __enter__(self) -> Self:
        self._here = self._call.notify.with_listener(self._heard_here)
        self._there = self._other.notify.with_listener(self._heard_there)
        self._here.__enter__()
        self._there.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._early = False
        self._there.__exit__(kind, error, trace)
        self._here.__exit__(kind, error, trace)

    async def joined(self) -> bool:
        """Join them, unless they are; return whether that could be. Raises OrderRefused."""
        self._join()
        assert self._told is not None
        async with within(JOINS_S):
            return await asyncio.shield(self._told)

    def part(self, meanwhile: Announcement) -> None:
        """Take them apart for a while, if they are joined; the caller hears this. Raises OrderRefused."""
        if self._told is not None:
            self._told, self._parts, self._early = None, True, False
            self._call.order_leg(self._by, Separate(), PlayMusic(meanwhile.pcm))

    def _join(self) -> None:
        if self._told is None:
            self._told = self._loop.create_future()
            self._call.order_leg(self._by, Join(self._other.info.id))

    def _heard_there(self, event: Fact | Order, _now: float) -> None:
        if self._early and isinstance(event, Ringing) and event.sounds:
            self._loop.call_soon(self._join_early)  # not now: listeners order nothing

    def _join_early(self) -> None:
        """Join them as soon as something has come; again and again until then, or until somebody does."""
        if not self._early or self._told is not None or self._other.over:
            return
        arrived = self._other.leg.statistics()
        if arrived is not None and arrived.packets_in == 0:
            self._loop.call_later(LOOK_S, self._join_early)
            return
        with suppress(OrderRefused):  # the caller has left
            self._join()

    def _heard_here(self, event: Fact | Order, _now: float) -> None:
        if not isinstance(event, Joined | Separated) or event.leg != self._other.info.id:
            return
        if self._parts and isinstance(event, Separated):
            self._parts = False
        elif self._told is not None and not self._told.done():
            self._told.set_result(isinstance(event, Joined))
            if isinstance(event, Joined):
                self._loop.call_soon(self._stop_waiting_sound)

    def _stop_waiting_sound(self) -> None:
        with suppress(OrderRefused):
            self._call.order_leg(self._by, PlayMusic(b""))
