"""The keys that recordings are encrypted with, as operators write them."""

from __future__ import annotations

import base64
import binascii

KEY_BYTES = 32


def read_key(text: str) -> bytes:
    """Return the key that is written in base64. Raises ValueError, which does not show it."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("must be 32 random bytes in base64, as `openssl rand -base64 32` makes them")
    return key
