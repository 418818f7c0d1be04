"""A phone that rings as a browser does; `tests.whole_calls.test_browser` has it ring a gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest

from gateway.call import FinishItem, Hold, LegFact, Play, Played, SendDigits
from gateway.errors import SipError
from gateway.phone.browser_leg import FRAME_BYTES, BrowserLeg
from tests.equipment import ports


@pytest.fixture
async def leg() -> AsyncIterator[BrowserLeg]:
    made = BrowserLeg()
    yield made
    await made._peer.close()


def pcm(ms: int, value: int = 1) -> bytes:
    return np.full(24 * ms, value, np.int16).tobytes()


async def test_what_is_said_goes_out_in_frames(leg: BrowserLeg) -> None:
    """One item behind the other; each that was said to its end is told, and then there is silence."""
    facts: list[LegFact] = []
    leg.listen(facts.append, lambda _pcm: None)
    for order in (Play("a", pcm(10, 1)), Play("a", pcm(20, 2)), FinishItem("a"), Play("b", pcm(10, 3))):
        leg.execute(order)
    frames = b"".join(leg._next_frame() for _ in range(3))
    assert frames == pcm(10, 1) + pcm(20, 2) + pcm(10, 3) + bytes(FRAME_BYTES)
    assert facts == [Played("a")]
    leg.execute(FinishItem("b"))
    leg._next_frame()
    assert facts == [Played("a"), Played("b")]


async def test_what_a_browser_cannot_do_does_nothing(leg: BrowserLeg) -> None:
    """Nor are keys pressed before there is a call."""
    leg.execute(Hold())
    leg.execute(SendDigits("1"))
    assert leg._next_frame() == bytes(FRAME_BYTES)


async def test_an_api_that_is_not_there(leg: BrowserLeg) -> None:
    with pytest.raises(SipError, match="does not answer"):
        await leg.ring(f"http://127.0.0.1:{ports.free_port()}", "gw_x", "100")
