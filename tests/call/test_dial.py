"""A call of ours as a value."""

from __future__ import annotations

from gateway.call import Destination, Dial
from gateway.call.dial import RINGS_S


def test_a_call_rings_for_a_while() -> None:
    """Where nobody says otherwise, and as nobody else."""
    dial = Dial(Destination("200", "pbx"))
    assert (dial.rings_s, dial.caller) == (RINGS_S, None)
    assert dial == Dial(Destination("200", "pbx"))
