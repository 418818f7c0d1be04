from __future__ import annotations

from typing import Any

import pytest
from websockets.datastructures import Headers

from gateway.local.server.keys import AccessKeys, Grant, shown_key
from gateway.webrtc.ephemeral_keys import EphemeralKey


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
    assert keys.admit(key) == Grant(EphemeralKey({"type": "realtime"}, 1600))
    assert keys.admit(key, ephemeral_too=False) is None
    now[0] = 1600.0
    assert keys.admit(key) is None


def test_an_ephemeral_key_is_good_for_one_session() -> None:
    """Given back, it is good again; the server's own key is never used up."""
    keys = AccessKeys("sk-1")
    key, _ = keys.issue({"type": "realtime"}, 600)
    grant = keys.take(key)
    assert grant is not None
    assert keys.take(key) is None
    keys.give_back(key, grant)
    assert keys.take(key) == grant
    own = keys.take("sk-1")
    assert own == Grant()
    keys.give_back("sk-1", own)
    assert keys.take("sk-1") == Grant()
