"""Keys in the sound (RFC 4733), as phones, gateways and lossy networks bring them; from a phone."""

from __future__ import annotations

import struct

import pytest

from gateway.call import Digit
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Press
from tests.sip.conftest import Exchange, needs_guard, phone, sip

__all__ = ("phone", "sip")  # fixtures

pytestmark = needs_guard

END = 0x80


def packets(*durations: tuple[int, bool], key: int = 5, marked: int = 1) -> list[Press]:
    """Make the packets of a press: durations in samples, and whether it ends; the first are marked."""
    return [
        Press(struct.pack("!BBH", key, 10 | (END if end else 0), duration), marker=number < marked)
        for number, (duration, end) in enumerate(durations)
    ]


ONLY_ENDS = packets((800, True), (800, True), (800, True))
WHOLE = packets((160, False), (320, False), (480, True), (480, True), (480, True))
PRESSES: dict[str, tuple[list[list[Press]], str]] = {
    "learnt of when they are over": ([ONLY_ENDS, ONLY_ENDS, ONLY_ENDS], "555"),
    "of one packet": ([packets((800, True)), packets((800, True))], "55"),
    "each longer than the one before": ([WHOLE, packets((640, False), (800, True))], "55"),
    "whole": ([WHOLE, WHOLE], "55"),
    "with the marker at three": (
        [packets((160, False), (160, False), (160, False), (320, True), marked=3)] * 2,
        "55",
    ),
    "without a marker": ([packets((160, False), (320, True), marked=0)] * 2, "55"),
    "of other keys": ([ONLY_ENDS, packets((800, True), key=11), ONLY_ENDS], "5#5"),
}


async def press(call: Call, presses: list[list[Press]]) -> None:
    """Press keys, a short time apart."""
    for one in presses:
        said = call.media.press_raw(one)
        await call.hears(lambda said=said: said.done, "the key to be sent")


@pytest.mark.parametrize("what", PRESSES)
async def test_each_press_counts_once(sip: Exchange, phone: Phone, what: str) -> None:
    """However its packets say how long it has lasted."""
    presses, keys = PRESSES[what]
    call, leg = await sip.answered(phone)
    await press(call, presses)
    assert [await leg.fact() for _ in keys] == [Digit(key) for key in keys]
    await press(call, [packets((160, True), key=9)])
    assert await leg.fact() == Digit("9")


async def test_a_key_that_is_held_is_one(sip: Exchange, phone: Phone) -> None:
    """For seconds, with packets lost in between."""
    call, leg = await sip.answered(phone)
    held = packets(*((160 * n, False) for n in range(1, 120)), (19_200, True))
    del held[30:60]
    await press(call, [held, packets((160, True), key=9)])
    assert [await leg.fact(), await leg.fact()] == [Digit("5"), Digit("9")]
