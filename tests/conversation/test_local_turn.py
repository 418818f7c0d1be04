"""A turn of the caller that the session does not find."""

from __future__ import annotations

import pytest

from gateway.conversation.local_turn import LONGEST, SHORTEST, LocalTurn


def test_a_pause_ends_it() -> None:
    """Counted from where the voice ended, and forgotten when it goes on."""
    turn = LocalTurn(silence=0.5)
    turn.begin(0.0)
    turn.voice(1.0, on=False)
    assert not turn.paused(1.4)
    turn.voice(1.4, on=True)
    assert not turn.paused(3.0)
    turn.voice(3.0, on=False)
    assert turn.paused(3.5)
    assert turn.end(3.5)
    assert not turn.open


def test_without_a_pause_only_its_length_ends_it() -> None:
    """Who forgot the key is answered at last."""
    turn = LocalTurn(silence=None)
    assert not turn.paused(0.0)
    turn.begin(0.0)
    turn.voice(1.0, on=False)
    assert not turn.paused(LONGEST - 1)
    assert turn.paused(LONGEST)


@pytest.mark.parametrize(("spoken", "enough"), [(SHORTEST - 0.02, False), (SHORTEST, True)])
def test_it_has_to_be_long_enough(spoken: float, enough: bool) -> None:
    """The silence behind it does not count."""
    turn = LocalTurn(silence=0.5)
    turn.begin(10.0)
    turn.voice(10.0 + spoken, on=False)
    assert turn.end(11.0) is enough


def test_a_key_counts_from_press_to_press() -> None:
    """Whatever voice there was in between."""
    turn = LocalTurn(silence=None)
    turn.begin(0.0)
    turn.voice(-0.1, on=False)
    assert turn.end(0.3)
    assert not turn.end(0.3)
