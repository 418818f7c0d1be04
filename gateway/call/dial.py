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
    written_out: bool = False
    """The number itself is written in a plan, whose author means it whatever it is and costs; any other is
    not called if it is barred (`gateway.dialplan.barring`)."""
    call_id: str = ""
    """The id that the call is to have, which no other call has; "": one of ours."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a number is reached: its address, and the trunk over which the call goes ("": none)."""

    to: Destination
    trunk: str = ""


WayFinder = Callable[[str, str], Way]
"""Finds the way to a number, or a SIP address, over a trunk of this name ("": the only one).

Raises BadInput with the cure where there is none."""

Dialler = Callable[[Dial], Leg]
"""Makes the leg, and begins to call; returns at once. On the event loop's thread.

Raises NumberBarred."""
