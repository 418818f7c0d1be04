"""A call of ours, before it is made: whom, as whom, and for how long it may ring. Immutable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.call.destination import Destination
from gateway.call.info import Party
from gateway.call.leg import Leg

RINGS_S = 30.0
"""Seconds: six rings."""


@dataclass(frozen=True, slots=True)
class Dial:
    """A leg that is to be made: it reports `Ringing`, then `Answered` or `LegEnded`.

    Who has not answered in time is let go (CANCEL), and the leg ends with 408.
    """

    to: Destination
    caller: Party | None = None
    """Who the other side is shown as calling; None: the gateway itself."""
    rings_s: float = RINGS_S
    trunk: str = ""
    """The trunk over which it goes, by its name in the settings; "": none."""


Dialler = Callable[[Dial], Leg]
"""Makes the leg, and begins to call; returns at once. On the event loop's thread."""
