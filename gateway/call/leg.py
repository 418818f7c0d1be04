"""What every leg promises: orders in; facts and the caller's audio out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from gateway.call.facts import LegFact
from gateway.call.info import CallInfo
from gateway.call.orders import LegOrder


class Leg(Protocol):
    """One person's side of a call. All methods are called on the asyncio thread and return at once.

    Facts and audio reach `on_fact` and `on_audio` on the same thread, in order, until `LegEnded`, which
    comes exactly once and last.
    """

    info: CallInfo

    def listen(self, on_fact: Callable[[LegFact], None], on_audio: Callable[[bytes], None]) -> None:
        """Say where facts and the caller's audio (PCM16LE 24 kHz, whole 20 ms frames) go.

        What happened before is kept and delivered.
        """

    def rest(self, unread: Iterable[LegFact] = ()) -> None:
        """Stop listening: facts are kept for the next listener, `unread` ones first; audio is let go."""

    def carry_out(self, order: LegOrder) -> None:
        """Do one order. Orders after the end are ignored: the end may be on its way while they are given."""
