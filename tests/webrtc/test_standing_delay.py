"""What waits for no reason."""

from __future__ import annotations

import numpy as np

from gateway.webrtc.standing_delay import FRAMES, StandingDelay, blended


def test_what_was_never_used_up_is_left_out() -> None:
    """One frame in half a second, until no more waits than may."""
    delay, waiting, left_out = StandingDelay(2), 6, 0
    for _ in range(10 * FRAMES):
        if delay.note(waiting):
            waiting -= 1
            left_out += 1
    assert (waiting, left_out) == (2, 4)


def test_what_is_needed_now_and_then_stays() -> None:
    delay = StandingDelay(2)
    assert not any(delay.note(2 if number % FRAMES == 7 else 9) for number in range(10 * FRAMES))


def test_a_cut_has_no_edge() -> None:
    """A frame begins as the one left out, and ends as itself; one of another length stays as it is."""
    before, after = np.full(480, 1000, "<i2"), np.full(480, -1000, "<i2")
    cut = np.frombuffer(blended(before.tobytes(), after.tobytes()), "<i2")
    assert cut[0] == 1000
    assert cut[-1] < -990
    assert np.abs(np.diff(cut.astype(int))).max() < 10
    assert blended(before.tobytes(), after.tobytes()[:100]) == after.tobytes()[:100]
