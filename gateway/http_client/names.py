"""Where a host name leads, asked of name servers without a thread: one that is silent keeps nobody else."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address

import aiodns

from gateway.http_client.addresses import Address

ASK_AGAIN_S = 1.2
"""Before a name server is asked again."""
TRIES = 2
MOST_ADDRESSES = 8
"""Of one name that are looked at."""


class Names:
    """Looks names up by c-ares: /etc/hosts, and DNS as resolv.conf has it, or `servers` (HOST:PORT)."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = servers
        self._dns: aiodns.DNSResolver | None = None

    async def find(self, host: str) -> list[Address]:
        """Return all addresses of a host, in the order in which they are to be tried. Raises OSError."""
        if self._dns is None:  # here, where there is a loop; most gateways never need it
            self._dns = aiodns.DNSResolver(self._servers or None, timeout=ASK_AGAIN_S, tries=TRIES)
        try:
            found = await self._dns.getaddrinfo(host, family=socket.AF_UNSPEC, type=socket.SOCK_STREAM)
        except aiodns.error.DNSError as error:
            raise OSError(str(error.args[-1])) from None
        return [ip_address(node.addr[0].decode()) for node in found.nodes[:MOST_ADDRESSES]]

    async def close(self) -> None:
        """Let go of what asks. Idempotent."""
        dns, self._dns = self._dns, None
        if dns is not None:
            await dns.close()
