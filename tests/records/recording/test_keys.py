"""Keys as operators write them."""

from __future__ import annotations

import base64

import pytest

from gateway.records.recording.keys import read_key


def test_a_key() -> None:
    """As openssl makes one, its line break included."""
    assert read_key(base64.b64encode(bytes(range(32))).decode() + "\n") == bytes(range(32))


@pytest.mark.parametrize("text", ["", "secret", base64.b64encode(bytes(16)).decode(), "ä" * 44, "=" * 44])
def test_what_is_no_key(text: str) -> None:
    """Is refused, and not shown."""
    with pytest.raises(ValueError, match="openssl rand") as fault:
        read_key(text)
    assert not text or text not in str(fault.value)
