"""What every leg promises: orders in; facts and the caller's audio out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Protocol

from gateway.call.facts import Answered, Held, LegEnded, LegFact, Resumed
from gateway.call.info import CallInfo
from gateway.call.media_statistics import LegLevels, MediaStatistics
from gateway.call.orders import Answer, LegOrder
from gateway.call.tap import TAP_SECONDS, LegTap
from gateway.call.uplink import Uplink

AudioListener = Callable[[bytes], Uplink | None]
"""Hears the caller; what it returns is the way on which the next piece may go without it."""


class LegState(StrEnum):
    """Where in its life a leg is."""

    RINGING = "ringing"
    ANSWERED = "answered"
    """It is, or is being: 200 was ordered. The ACK is told by `Answered`."""
    HELD = "held"
    """Answered, and on hold: by the far side, by us, or by both."""
    ENDED = "ended"


TURNING_POINTS = frozenset((LegEnded, Answer, Answered, Held, Resumed))
"""Facts and orders after which a leg may be in another state."""


def state_after(state: LegState, event: LegFact | LegOrder) -> LegState:
    """Return a leg's state after a fact or an order; most change nothing, and nothing comes after the end."""
    match event:
        case LegEnded():
            return LegState.ENDED
        case Answer() | Answered() if state is LegState.RINGING:
            return LegState.ANSWERED
        case Held() if state is LegState.ANSWERED:
            return LegState.HELD
        case Resumed() if state is LegState.HELD:
            return LegState.ANSWERED
        case _:
            return state


class LegStatus(Protocol):
    """What a leg tells of itself. It is the leg's to change, and nobody else keeps it a second time."""

    @property
    def state(self) -> LegState:
        """Where in its life it is."""

    @property
    def answered_at(self) -> float | None:
        """When it was answered, by loop time; None while it rings."""


class Leg(Protocol):
    """One person's side of a call. All methods are called on the asyncio thread and return at once.

    Facts and audio reach `on_fact` and `on_audio` on the same thread, in order, until `LegEnded`, which
    comes exactly once and last. While the far side holds there is no audio, and playout waits where it is.
    """

    info: CallInfo
    state: LegState
    answered_at: float | None
    """When it was answered, by loop time; None while it rings."""

    def listen(self, on_fact: Callable[[LegFact], None], on_audio: AudioListener) -> None:
        """Say where facts and the caller's audio (PCM16LE 24 kHz, whole 20 ms frames) go.

        What happened before is kept and delivered. A listener that offers an uplink has no more audio, if the
        leg can take it, until it is released.
        """

    def detach(self, unread: Iterable[LegFact] = ()) -> None:
        """Stop listening: facts are kept for the next listener, `unread` ones first; audio is let go."""

    def statistics(self) -> MediaStatistics | None:
        """Return what has become of its audio so far, also when it is over; None if nobody counts."""

    def levels(self) -> LegLevels | None:
        """Return how loud both sides are at this moment; None if nobody measures."""

    def execute(self, order: LegOrder) -> None:
        """Do one order. Orders after the end are ignored: the end may be on its way while they are given."""

    def tap(self, seconds: float = TAP_SECONDS) -> LegTap:
        """Return a tap that hears this leg from now on, for whoever reads it a few times a second.

        `seconds`: what it holds while nobody reads, 0.1 to 60. There may be several. Raises MediaError in
        portable mode, which has none.
        """
