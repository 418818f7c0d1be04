"""A playbook passes when the play goes as written, and says where it did not."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import ANY

import pytest

from tests.equipment import playbook
from tests.equipment.playbook import Playbook


@dataclass(frozen=True)
class Knock:
    times: int


@dataclass(frozen=True)
class Open:
    who: str
    at: float


@dataclass(frozen=True)
class Bark:
    sound: bytes = b"woof"


class Door:
    """Opens at the second knock and barks at every one."""

    def __init__(self) -> None:
        self.knocks = 0

    def step(self, fact: Knock, now: float) -> list[object]:
        self.knocks += fact.times
        return [Bark(), Open("dog", now)] if self.knocks > 1 else [Bark()]


def test_a_play_that_goes_as_written() -> None:
    """Facts, orders and the passing of time agree, and the machine comes back to be looked at."""
    door = (
        (Playbook(Door(), now=5) >> Knock(1) << Bark()).after(250) >> Knock(1) << Bark() << Open("dog", 5.25)
    )
    assert door.done().knocks == 2


def test_a_play_can_go_on() -> None:
    """After `done` the same playbook plays on where it stood, at the time it had reached."""
    play = (Playbook(Door()) >> Knock(1) << Bark()).after(100)
    play.done()
    (play >> Knock(1) << Bark() << Open(ANY, 0.1)).done()


@pytest.mark.parametrize(
    ("play", "lines"),
    [
        (lambda p: p >> Knock(2) << Bark(), [" + << Open(who='dog', at=0.0)"]),
        (lambda p: p >> Knock(1) << Bark() << Open("cat", 0), [" - << Open(who='cat', at=0)"]),
        (lambda p: p >> Knock(1), [" + << Bark(sound=b'woof')"]),
        (lambda p: p << Bark(), [" - << Bark(sound=b'woof')"]),
        (
            lambda p: p >> Knock(2) << Bark(b"x" * 99) << Open("dog", 0) >> Knock(1),
            [" - << Bark(sound=<99 bytes>)", " + << Bark(sound=b'woof')", "(1 lines not played)"],
        ),
    ],
)
def test_a_play_that_goes_differently(play: object, lines: list[str]) -> None:
    """What was expected and what came out are told apart; what agrees is shown plainly."""
    with pytest.raises(AssertionError) as told:
        play(Playbook(Door())).done()  # type: ignore[operator]
    assert all(line in str(told.value) for line in lines)


def test_an_unfinished_playbook_is_known() -> None:
    """A playbook without `done` is counted, once."""
    Playbook(Door()) >> Knock(1) << Open("dog", 0)  # type: ignore[unused-ignore]
    assert playbook.unfinished() == 1
    assert playbook.unfinished() == 0
