"""A step rings, captures and listens: what three callers of a quiet gateway find."""

from __future__ import annotations

from tests.loadtest.conftest import CALLS, Done


def test_every_call_was_carried(done: Done) -> None:
    """Nobody failed, was mute, was connected wrongly or lost a packet."""
    for key in ("failed", "lost", "reordered", "wrong", "mute", "unanswered", "dropped"):
        assert done.figure(key) == 0, key
    assert done.json["steps"][0]["calls"] == CALLS


def test_times_are_those_of_a_gateway(done: Done) -> None:
    """Set-up, frames and answers in an order of size that a wrong clock or a wrong port would miss."""
    assert 0 < done.figure("ringing_p50") <= done.figure("setup_p50") < 5000
    assert 19 < done.figure("gap_p50") < 21
    # The server waits for half a second of silence before it answers.
    assert 450 < done.figure("answer_p50") < 2500


def test_costs_are_told_apart(done: Done) -> None:
    """The gateway, the server and SIPp each have their own."""
    for name in ("gateway", "server", "sipp"):
        assert done.figure(f"{name}_cores") > 0, name
    assert done.figure("rss") > 20
