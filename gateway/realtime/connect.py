"""How a connection to a provider is made; one place, so that warm and cold ones are alike."""

from __future__ import annotations

import asyncio
import ssl

from structlog.contextvars import get_contextvars
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.media.tls import TlsContext
from gateway.realtime import tls
from gateway.realtime.model_connection import MAX_FRAME, ModelConnection
from gateway.realtime.native_tls import NativeTls
from gateway.realtime.providers import LOCAL, Provider
from gateway.realtime.settings import ConnectTimeouts
from gateway.realtime.tls_transport import connect_tls

USER_AGENT = "sip-voice-gateway"
SAFETY_HEADER = "OpenAI-Safety-Identifier"
CALL_HEADER = "X-Gateway-Call"
"""Names the call to the embedded server, whose log lines then name it, too; nobody else is told."""


class NoAddress(OSError):
    """A URL leads to no host or port that there could be."""


class _Straight(connect):
    """Follows no redirect: a realtime service has no reason for one, and our key would go along."""

    native: TlsContext | None = None
    """For TLS in C++, if there is to be any."""

    async def open_tcp_connection(self) -> ClientConnection:
        """Connect, with TLS in C++ where there is such."""
        if self.native is None:
            return await super().open_tcp_connection()
        connection = self.factory(self.ws_uri)
        (await connect_tls(self.ws_uri.host, self.ws_uri.port, self.native)).begin(connection)
        return connection

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Take the answer for what it is."""
        return exc


async def open_connection(
    provider: Provider,
    model: str,
    patience: ConnectTimeouts,
    caller: str | None = None,
    native: NativeTls | None = None,
) -> ModelConnection:
    """Connect; `caller` is a hash that stands for him to the provider's detection of abuse.

    `native`: TLS is to be in C++. Raises OSError, WebSocketException, BadInput for TLS files.
    """
    context = in_cpp = None
    if provider.address(model).startswith("wss:"):
        files = provider.tls
        context = tls.usual() if files is None else await asyncio.to_thread(tls.context, files)
        in_cpp = None if native is None else await native.context(files, context)
    try:
        connection = await dial(provider, model, patience, context, caller, in_cpp)
    except ValueError as error:  # what the library says of a port beyond 65535, and of a name that is none
        if isinstance(error, OSError):  # a wrong certificate is both
            raise
        raise NoAddress(str(error)) from None
    assert isinstance(connection, ModelConnection)
    return connection


def dial(
    provider: Provider,
    model: str,
    patience: ConnectTimeouts,
    context: ssl.SSLContext | None = None,
    caller: str | None = None,
    native: TlsContext | None = None,
) -> connect:
    """Prepare a connection: await it, or use it as a context. `native` takes the place of `context`."""
    identified = {SAFETY_HEADER: caller} if caller and provider.capabilities.safety_identifier else {}
    dialled = _Straight(
        provider.address(model),
        additional_headers=provider.login() | identified | _call(provider),
        subprotocols=[Subprotocol(name) for name in provider.subprotocols] or None,
        create_connection=ModelConnection,
        compression=None,  # base64 audio does not shrink; deflate would cost ten times the rest
        max_size=MAX_FRAME,
        proxy=None,
        open_timeout=patience.connect,
        ping_interval=patience.ping / 2,
        ping_timeout=patience.ping,
        close_timeout=patience.close,
        ssl=context,
        user_agent_header=USER_AGENT,
    )
    dialled.native = native
    return dialled


def _call(provider: Provider) -> dict[str, str]:
    """Return the header with the call that this task logs for; a connection kept warm is nobody's yet."""
    call = get_contextvars().get("call")
    return {CALL_HEADER: str(call)} if call and provider.name == LOCAL.name else {}
