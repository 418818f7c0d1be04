"""Connections to addresses that were judged: what a name server says later moves none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

from gateway.errors import GatewayError
from gateway.http_client.addresses import Address, is_inside, is_public, literal, odd_number
from gateway.http_client.names import Names

CONNECT_WITHIN = 5.0
"""Seconds for each address of a name, where the request says nothing of it."""
MOST_CONNECTIONS = 200
IDLE_CONNECTIONS = 20
KEPT_S = 30.0


class ForbiddenAddress(GatewayError):
    """A host leads where no request may go."""

    status = 502

    def __init__(self, host: str, why: str) -> None:
        self.host = host
        self.why = why
        super().__init__(f"{host}: {why}")


class JudgedConnections(httpcore2.AsyncNetworkBackend):
    """Opens connections. `inside`: also to this machine and its own network."""

    def __init__(self, names: Names, *, inside: bool) -> None:
        self._names = names
        self._inside = inside
        self._sockets = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address of a host that answers. Raises ForbiddenAddress, ConnectError.

        TLS asks for the host's own certificate all the same: the library knows it by its name.
        """
        refused: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in await self._judged(host):
            try:
                return await self._sockets.connect_tcp(
                    str(address), port, timeout or CONNECT_WITHIN, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                refused = error
        raise refused

    async def _judged(self, host: str) -> list[Address]:
        """Return the addresses of a host, if it may be reached. Raises ForbiddenAddress, ConnectError."""
        written = literal(host)
        if written is not None:
            if not (is_public(written) or self._inside):
                raise ForbiddenAddress(host, "not an address of the public internet")
            return [written]
        if odd_number(host):
            raise ForbiddenAddress(host, "write an address as four numbers, such as 192.0.2.1")
        try:
            found = await self._names.find(host)
        except OSError as error:
            raise httpcore2.ConnectError(f"{host}: {error}") from None
        for address in found:
            if not (is_public(address) or (self._inside and is_inside(address))):
                raise ForbiddenAddress(host, f"its name leads to {address}, not to the public internet")
        return found


class JudgedTransport(httpx2.AsyncHTTPTransport):
    """The library's transport, over connections to judged addresses; no proxy of the environment's."""

    def __init__(self, names: Names, *, inside: bool) -> None:
        super().__init__()
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=KEPT_S,
            network_backend=JudgedConnections(names, inside=inside),
        )
