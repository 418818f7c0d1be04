"""How a browser shows a key for a WebSocket, which it cannot give headers of its own. Pure.

As OpenAI's service has it: among the subprotocols (RFC 6455 section 4.1) that it offers there is one which is
none, the key behind a prefix.
"""

from __future__ import annotations

PREFIX = "openai-insecure-api-key."
PROTOCOL = "realtime"
"""The subprotocol that is spoken."""


def key_offered(protocols: str) -> str:
    """Return the key among subprotocols (Sec-WebSocket-Protocol); "" for none."""
    offered = (one.strip() for one in protocols.split(","))
    return next((one.removeprefix(PREFIX) for one in offered if one.startswith(PREFIX)), "")
