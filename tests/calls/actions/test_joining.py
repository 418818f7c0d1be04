"""A caller hears what comes from whom we call for them, before the answer and after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.call import (
    Announcement,
    Join,
    LegOrder,
    MediaStatistics,
    PlayMusic,
    Ringing,
    Separate,
    Separated,
)
from gateway.calls.actions import joining
from gateway.calls.actions.joining import Joining
from gateway.calls.actions.prompter import Prompter
from gateway.calls.call import Call
from tests.calls.actions.scripted_leg import ScriptedLeg

RINGS = Announcement(b"rr", "")


class Two:
    """A caller and whom we call for them."""

    def __init__(self) -> None:
        self.leg = ScriptedLeg(answered=0.0)
        self.far = ScriptedLeg(call_id="second0", outbound=True)
        self.call, self.other = Call(self.leg), Call(self.far)

    @asynccontextmanager
    async def joining(self, *, early: bool = True) -> AsyncIterator[Joining]:
        """Listen to both, as an attendant does."""
        both = Joining(self.call, self.other, "tool", early=early)
        with Prompter(self.call), Prompter(self.other), both:
            yield both

    @property
    def heard(self) -> list[LegOrder]:
        """What was ordered of the caller's leg."""
        return [order for order in self.leg.orders if isinstance(order, Join | Separate | PlayMusic)]


async def test_early_media_is_heard_in_place_of_what_the_caller_waits_with() -> None:
    """Once, and as soon as there is a sound; at the answer nothing has to be done any more."""
    two = Two()
    async with two.joining() as both:
        two.far.happen(Ringing(183))
        two.far.happen(Ringing(183, sounds=True), Ringing(180, sounds=True))
        await two.leg.until(lambda: two.heard == [Join("second0"), PlayMusic(b"")])
        assert await both.joined()
        assert two.heard == [Join("second0"), PlayMusic(b"")]


async def test_early_media_that_never_comes_takes_no_tone_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network may agree upon it and send none: it rings on until the first packet."""
    two = Two()
    monkeypatch.setattr(joining, "LOOK_S", 0.01)
    came = [MediaStatistics(0, 0, 0, 0, 0, 0)] * 3 + [MediaStatistics(1, 0, 0, 0, 0, 0)]
    monkeypatch.setattr(two.far, "statistics", lambda: came.pop(0) if len(came) > 1 else came[0])
    async with two.joining():
        two.far.happen(Ringing(183, sounds=True))
        await two.leg.until(lambda: two.heard == [Join("second0"), PlayMusic(b"")])
        assert len(came) == 1


async def test_where_music_is_wanted_nothing_else_is_heard() -> None:
    """Until the answer."""
    two = Two()
    async with two.joining(early=False) as both:
        two.far.happen(Ringing(183, sounds=True))
        await two.far.until(lambda: two.other.state == "ringing")
        assert two.heard == []
        assert await both.joined()
        await two.leg.until(lambda: two.heard == [Join("second0"), PlayMusic(b"")])


async def test_they_are_taken_apart_while_one_of_them_is_told_something() -> None:
    """The caller waits as before, and is joined once more."""
    two = Two()
    async with two.joining() as both:
        both.part(RINGS)  # nothing: they are not joined
        two.far.happen(Ringing(183, sounds=True))
        await two.leg.until(lambda: two.heard == [Join("second0"), PlayMusic(b"")])
        both.part(RINGS)
        two.leg.happen(Separated("second0"))
        assert two.heard[-2:] == [Separate(), PlayMusic(b"rr")]
        assert await both.joined()
        assert two.heard[4] == Join("second0")


@pytest.mark.parametrize("early", [True, False])
async def test_who_cannot_be_joined_waits_on(*, early: bool) -> None:
    """As in portable mode: the tone goes on, and at the answer it is told that it cannot be."""
    two = Two()
    two.leg.joins = False
    async with two.joining(early=early) as both:
        two.far.happen(Ringing(183, sounds=True))
        assert not await both.joined()
        assert PlayMusic(b"") not in two.heard
