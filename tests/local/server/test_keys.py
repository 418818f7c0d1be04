from __future__ import annotations

from typing import Any

import pytest
from websockets.datastructures import Headers

from gateway.local.server.keys import MOST_EPHEMERAL, AccessKeys, Grant, shown_key


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"Authorization": "Bearer sk-1"}, "sk-1"),
        ({"authorization": "bearer  sk-1 "}, "sk-1"),
        ({"api-key": "sk-1"}, "sk-1"),
        ({"Sec-WebSocket-Protocol": "realtime, openai-insecure-api-key.ek_1"}, "ek_1"),
        ({"Sec-WebSocket-Protocol": "realtime"}, ""),
        ([("Authorization", "Basic x"), ("Authorization", "Bearer sk-1")], "sk-1"),
        (
            [("Sec-WebSocket-Protocol", "realtime"), ("Sec-WebSocket-Protocol", "openai-insecure-api-key.e")],
            "e",
        ),
        ({}, ""),
    ],
)
def test_where_a_key_is_shown(headers: Any, key: str) -> None:
    """In a header of either kind, or as a browser's subprotocol."""
    assert shown_key(Headers(headers)) == key


def test_own_key() -> None:
    """With a key only those come in who have it; without one everybody."""
    keys = AccessKeys("sk-1")
    assert keys.admit("sk-1") == Grant()
    assert keys.admit("sk-2") is None
    assert keys.admit("") is None
    assert AccessKeys("").admit("anything") == Grant()


def test_ephemeral_keys() -> None:
    """They bring their session, until they expire, and issue no others."""
    now = [1000.0]
    keys = AccessKeys("sk-1", clock=lambda: now[0])
    key, expires_at = keys.issue({"type": "realtime"}, 600)
    assert key.startswith("ek_")
    assert expires_at == 1600
    assert keys.admit(key) == Grant({"type": "realtime"})
    assert keys.admit(key, ephemeral_too=False) is None
    now[0] = 1600.0
    assert keys.admit(key) is None


def test_bounded() -> None:
    """The oldest go when there are too many."""
    keys = AccessKeys("sk-1")
    first, _ = keys.issue({}, 7200)
    for _ in range(MOST_EPHEMERAL):
        keys.issue({}, 7200)
    assert keys.admit(first) is None
