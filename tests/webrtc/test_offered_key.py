"""Keys among subprotocols."""

from __future__ import annotations

import pytest

from gateway.webrtc.offered_key import key_offered


@pytest.mark.parametrize(
    ("protocols", "key"),
    [
        ("realtime, openai-insecure-api-key.gw_1", "gw_1"),
        ("openai-insecure-api-key.ek_2,realtime", "ek_2"),
        ("realtime", ""),
        ("", ""),
        ("openai-insecure-api-key.", ""),
    ],
)
def test_the_key_behind_the_prefix(protocols: str, key: str) -> None:
    assert key_offered(protocols) == key
