"""Whether what is played to a call leaves."""

from __future__ import annotations

from typing import Any, cast

from gateway.media.media_port import MediaPort
from gateway.sip.playout_gate import ACK_WITHIN_MS, PlayoutGate


class Waits:
    """A port that tells whether it waits."""

    def __init__(self) -> None:
        self.told: list[bool | int] = []

    def wait(self, on: bool, at_most_ms: int = 0) -> None:
        """Wait, or go on."""
        self.told.append(at_most_ms or on)


def gate(*, calls: bool) -> tuple[PlayoutGate, list[bool | int]]:
    """Make a gate; return what its port is told."""
    port = Waits()
    return PlayoutGate(cast("MediaPort", cast("Any", port)), calls=calls), port.told


def test_whom_we_call_is_spoken_to_from_the_answer_on() -> None:
    """A caller from the beginning."""
    mine, told = gate(calls=True)
    assert told == [True]
    mine.answered()
    assert told == [True, False]
    assert gate(calls=False)[1] == []


def test_the_first_word_waits_for_the_ack() -> None:
    """And not for one that does not come, nor with who has heard early media."""
    mine, told = gate(calls=False)
    mine.accepts(hears=False)
    mine.answered()
    assert told == [ACK_WITHIN_MS, False]
    early, told = gate(calls=False)
    early.accepts(hears=True)
    assert told == []


def test_it_waits_as_long_as_anybody_wants() -> None:
    """Be it known who has answered or not."""
    mine, told = gate(calls=True)
    mine.withhold(on=True)
    mine.answered()
    mine.withhold(on=False)
    assert told == [True, True, True, False]
    early, told = gate(calls=True)
    early.withhold(on=True)
    early.withhold(on=False)
    early.answered()
    assert told == [True, True, True, False]
