"""The signature of a webhook, after Standard Webhooks 1.0.0 (github.com/standard-webhooks), `v1`. Pure.

Signed is `ID.TIMESTAMP.BODY` with HMAC-SHA256. The receiver knows by it who sent the body and when, and by
the id whether it has it already.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
"""Of a key."""


def key(secret: str) -> bytes:
    """Read a secret, `whsec_` and 24 to 64 bytes in base64. Raises ValueError with the cure."""
    try:
        read = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        read = b""
    if not LEAST_BYTES <= len(read) <= MOST_BYTES:
        size = f"{LEAST_BYTES} to {MOST_BYTES} random bytes"
        raise ValueError(f"write {PREFIX} and {size} in base64: openssl rand -base64 32")
    return read


def headers(secret: bytes, message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that a body is sent with; `timestamp` in seconds since 1970."""
    signed = f"{message}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
