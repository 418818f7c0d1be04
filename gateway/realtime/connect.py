"""How a connection to a provider is made; one place, so that warm and cold ones are alike."""

from __future__ import annotations

import ssl
from functools import cache

from structlog.contextvars import get_contextvars
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.realtime.providers import LOCAL, Provider
from gateway.realtime.settings import ConnectTimeouts

MAX_FRAME = 16 << 20
"""A single audio delta can be large; a frame above this ends the connection instead of the process."""
USER_AGENT = "sip-voice-gateway"
CALL_HEADER = "X-Gateway-Call"
"""Names the call to the embedded server, whose log lines then name it, too; nobody else is told."""


class _Straight(connect):
    """Follows no redirect: a realtime service has no reason for one, and our key would go along."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Take the answer for what it is."""
        return exc


def dial(provider: Provider, model: str, patience: ConnectTimeouts) -> connect:
    """Prepare a connection: await it, or use it as a context."""
    address = provider.address(model)
    return _Straight(
        address,
        additional_headers=provider.login() | _call(provider),
        subprotocols=[Subprotocol(name) for name in provider.subprotocols] or None,
        compression=None,  # base64 audio does not shrink; deflate would cost ten times the rest
        max_size=MAX_FRAME,
        proxy=None,
        open_timeout=patience.connect,
        ping_interval=patience.ping / 2,
        ping_timeout=patience.ping,
        close_timeout=patience.close,
        ssl=tls() if address.startswith("wss:") else None,
        user_agent_header=USER_AGENT,
    )


def _call(provider: Provider) -> dict[str, str]:
    """Return the header with the call that this task logs for; a connection kept warm is nobody's yet."""
    call = get_contextvars().get("call")
    return {CALL_HEADER: str(call)} if call and provider.name == LOCAL.name else {}


@cache
def tls() -> ssl.SSLContext:
    """Return the one TLS context: loading the trusted certificates takes 20 ms and 1 MB each time."""
    return ssl.create_default_context()
