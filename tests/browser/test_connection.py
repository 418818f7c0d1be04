"""One browser's connection; `tests.whole_calls.test_browser` has whole calls."""

from __future__ import annotations

import pytest

from gateway.browser import connection as module
from gateway.browser.connection import BrowserConnection
from gateway.sip.leg import SipLeg


def nobody(_codec: str) -> SipLeg:
    raise AssertionError("nobody is to be rung")


async def test_a_browser_that_never_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rings nobody, and is let go."""
    monkeypatch.setattr(module, "CONNECTED_WITHIN_S", 0.05)
    await BrowserConnection(nobody).run()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": "x"}', '{"keys": 5}', b"\0", '{"keys": "1"}'])
async def test_whatever_a_page_says(text: object) -> None:
    """Before there is a call it presses nothing, and it breaks nothing."""
    connection = BrowserConnection(nobody)
    connection._message(text)
    assert not connection._peer.over.is_set()
    connection._message('{"end": true}')
    assert connection._peer.over.is_set()
