"""One browser's connection; `tests.whole_calls.test_browser` has whole calls."""

from __future__ import annotations

import pytest

from gateway.browser import connection as module
from gateway.browser.connection import BrowserConnection
from gateway.errors import BadInput
from gateway.sip.leg import SipLeg


def nobody() -> SipLeg:
    raise AssertionError("nobody is to be rung")


@pytest.mark.parametrize("offer", ["v=0", "", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "x" * 1000])
async def test_an_offer_that_is_none(offer: str) -> None:
    """Is refused, whatever the library makes of it."""
    with pytest.raises(BadInput, match="cannot be answered"):
        await BrowserConnection(nobody).answer(offer)


async def test_a_browser_that_never_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rings nobody, and is let go."""
    monkeypatch.setattr(module, "CONNECTED_WITHIN_S", 0.05)
    await BrowserConnection(nobody).run()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": "x"}', '{"keys": 5}', b"\0", '{"keys": "1"}'])
async def test_whatever_a_page_says(text: object) -> None:
    """Before there is a call it presses nothing, and it breaks nothing."""
    connection = BrowserConnection(nobody)
    connection._message(text)
    assert not connection._over.is_set()
    connection._message('{"end": true}')
    assert connection._over.is_set()
