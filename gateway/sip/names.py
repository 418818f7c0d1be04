"""Looks up where a SIP URI leads (RFC 3263), while nobody waits but who asked.

A stranger decides which names we meet, and a name server may never answer. So a look-up has a time limit,
there is a bound on how many run at once, for all and for one source, and what is too much is refused instead
of being queued in front of others. c-ares does the asking: /etc/hosts, and DNS as resolv.conf has it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import re
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from gateway.errors import SipError, UnknownHost
from gateway.tasks import TaskGroup, within

if TYPE_CHECKING:
    import aiodns
    from pycares import AddrInfoResult

ASK_AGAIN_S = 1.2
"""Before a name server is asked again."""
TRIES = 2
ANSWER_S = 4.0
"""A look-up may take in all: a phone waits for our BYE or INVITE meanwhile."""
MOST = 512
"""Look-ups at once; a thousand cost c-ares 40 ms of processor time."""
MOST_OF_A_SOURCE = 32
"""Look-ups at once of names that one address brought. The few names of a trunk are one look-up each."""
KEPT = 1024
"""Answers remembered."""
KEPT_S = (1.0, 60.0)
"""For so long at least and at most, whatever the name server says."""
FAILURE_KEPT_S = 10.0
"""For so long a name that nobody knew or answered for is not asked for again (RFC 2308 section 7)."""
MOST_ADDRESSES = 8
"""Kept of one answer: PJSIP_MAX_RESOLVED_ADDRESSES."""

SERVICES = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
"""Where a domain says which of its hosts take calls (RFC 3263 section 4.2)."""
DEFAULT_PORT = {"udp": 5060, "tcp": 5060, "tls": 5061}
"""RFC 3261 section 19.1.2."""

SILENT = "the name server does not answer"

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")

_URI = re.compile(
    r"(?P<scheme>sips?):(?:[^@]*@)?(?:\[(?P<six>[^\]]*)\]|(?P<host>[^\[\]:;?@\s]+))(?::(?P<port>\d{1,5}))?"
    r"(?P<parameters>(?:;[^;?\s]*)*)(?:\?\S*)?",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r";([^;=]+)=([^;]+)")

Address = tuple[str, int]
"""An address in numbers, and a port."""
Found = tuple[Address, ...]
"""In the order in which they are to be tried."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a URI says of where it leads: a host, a port (0: none is given), and udp, tcp or tls."""

    host: str
    port: int = 0
    transport: str = "udp"

    @property
    def numeric(self) -> bool:
        """True for an address, False for a name."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True


def bracketed(host: str) -> str:
    """Return a host as it stands in a URI, or in front of a port (RFC 3261 section 25.1, IPv6reference)."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def target_of(uri: str) -> Target:
    """Return where a SIP URI leads (RFC 3261 section 19.1.1). Raises SipError for what is none."""
    match = _URI.fullmatch(uri.strip())
    if match is None or int(match["port"] or 0) > 65535:
        raise SipError(f"cannot reach {uri!r}: write a SIP address, such as sip:100@127.0.0.1:5060")
    parameters = dict(_PARAMETER.findall(match["parameters"].lower()))
    transport = "tls" if match["scheme"].lower() == "sips" else parameters.get("transport", "udp")
    if transport not in SERVICES:
        raise SipError(f"not a SIP transport: {transport!r} in {uri!r}: udp, tcp and tls are")
    host = parameters.get("maddr") or match["host"] or match["six"]
    return Target(host, int(match["port"] or 0), transport)


@dataclass(frozen=True, slots=True)
class _Server:
    """What an SRV record says (RFC 2782), and for how many seconds."""

    host: str
    port: int
    priority: int
    weight: int
    ttl: int


class HostNames:
    """Looks names up; an async context, inside which all its look-ups run.

    `servers` are asked instead of those of resolv.conf, each as HOST or HOST:PORT. `family`: addresses of
    IPv4 (AF_INET), of IPv6 (AF_INET6), or of both (AF_UNSPEC), those of IPv4 first.
    """

    def __init__(self, servers: Sequence[str] = (), family: socket.AddressFamily = socket.AF_INET) -> None:
        self._servers = servers
        self._family = family
        self._tasks = TaskGroup()
        self._running: dict[Target, asyncio.Task[Found | UnknownHost]] = {}
        self._of_source: Counter[str] = Counter()
        self._kept: OrderedDict[Target, tuple[Found | UnknownHost, float]] = OrderedDict()
        self._resolver: aiodns.DNSResolver | None = None  # made, and its library loaded, for the first name

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for look_up in self._running.values():
            look_up.cancel()
        try:
            await self._tasks.__aexit__(None, None, None)  # what was raised is none of the look-ups'
        finally:
            if self._resolver is not None:
                await self._resolver.close()

    async def find(self, target: Target, source: str = "") -> Found:
        """Return where a target leads. Raises UnknownHost.

        `source` is the address that brought the name; "" for one of our own, bounded by `MOST` alone.
        """
        if target.numeric:
            return ((target.host, target.port or DEFAULT_PORT[target.transport]),)
        answer, until = self._kept.get(target, (None, 0.0))
        if answer is None or until <= time.monotonic():
            answer = await asyncio.shield(self._running.get(target) or self._begin(target, source))
        if isinstance(answer, UnknownHost):
            raise UnknownHost(answer.host, answer.why)  # a new one: it may be raised many times over
        return answer

    def _begin(self, target: Target, source: str) -> asyncio.Task[Found | UnknownHost]:
        if not _NAME.fullmatch(target.host):
            raise UnknownHost(target.host, "not a host name")
        if len(self._running) >= MOST or (source and self._of_source[source] >= MOST_OF_A_SOURCE):
            raise UnknownHost(target.host, "too many names are being looked up")
        self._of_source[source] += 1
        self._running[target] = look_up = self._tasks.create_task(self._look_up(target, source))
        return look_up

    async def _look_up(self, target: Target, source: str) -> Found | UnknownHost:
        """Look a name up and remember what came of it. A task of a group: it raises nothing."""
        answer: Found | UnknownHost
        try:
            async with within(ANSWER_S):
                answer, ttl = await self._ask(target)
                kept_s = min(max(ttl, KEPT_S[0]), KEPT_S[1])
        except TimeoutError:
            answer, kept_s = UnknownHost(target.host, SILENT), FAILURE_KEPT_S
        except Exception as error:
            if (why := _why(error)) is None:
                raise
            answer, kept_s = UnknownHost(target.host, why), FAILURE_KEPT_S
        finally:
            del self._running[target]
            self._of_source[source] -= 1
            if not self._of_source[source]:
                del self._of_source[source]
        self._keep(target, answer, kept_s)
        return answer

    def _keep(self, target: Target, answer: Found | UnknownHost, kept_s: float) -> None:
        self._kept.pop(target, None)
        self._kept[target] = answer, time.monotonic() + kept_s
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    # --- RFC 3263 section 4.2 ------------------------------------------------------------------------

    async def _ask(self, target: Target) -> tuple[Found, float]:
        """Return where a name leads and for how many seconds that holds. Raises DNSError."""
        port = target.port or DEFAULT_PORT[target.transport]
        # Asked at the same time: some name servers say nothing at all to a type that they do not know.
        host = self._addresses_of(target.host)
        try:
            servers = [] if target.port else await self._servers_of(target)
            if servers:
                return await self._addresses_of_all(servers)
            return _found(await host, port)
        finally:
            host.cancel()

    async def _servers_of(self, target: Target) -> list[_Server]:
        """Return the hosts that a domain names for its calls (SRV), best first; none is no fault."""
        from aiodns.error import DNSError  # noqa: PLC0415
        from pycares import SRVRecordData  # noqa: PLC0415

        if "." not in target.host.rstrip("."):
            return []  # a host of our own network, and no domain
        try:
            result = await self._dns.query_dns(f"{SERVICES[target.transport]}.{target.host}", "SRV")
        except DNSError:
            return []
        data = [(record.data, record.ttl) for record in result.answer]
        servers = [
            _Server(srv.target, srv.port, srv.priority, srv.weight, ttl)
            for srv, ttl in data
            if isinstance(srv, SRVRecordData)
        ]
        # RFC 2782: by priority; among equals at random, one of twice the weight twice as often first.
        servers.sort(key=lambda server: (server.priority, random.expovariate(server.weight + 0.01)))
        return servers[:MOST_ADDRESSES]

    async def _addresses_of_all(self, servers: Sequence[_Server]) -> tuple[Found, float]:
        from pycares import AddrInfoResult  # noqa: PLC0415

        answers = (self._addresses_of(server.host) for server in servers)
        results = await asyncio.gather(*answers, return_exceptions=True)
        found: Found = ()
        kept_s = float(min(server.ttl for server in servers))
        for server, result in zip(servers, results, strict=True):
            if isinstance(result, AddrInfoResult):
                addresses, ttl = _found(result, server.port)
                found, kept_s = found + addresses, min(kept_s, ttl)
        if not found:
            raise next(result for result in results if isinstance(result, BaseException))
        return found[:MOST_ADDRESSES], kept_s

    @property
    def _dns(self) -> aiodns.DNSResolver:
        if self._resolver is None:
            import aiodns  # noqa: PLC0415

            self._resolver = aiodns.DNSResolver(self._servers or None, timeout=ASK_AGAIN_S, tries=TRIES)
        return self._resolver

    def _addresses_of(self, host: str) -> asyncio.Future[AddrInfoResult]:
        return self._dns.getaddrinfo(host, family=self._family, type=socket.SOCK_DGRAM)


def _found(result: AddrInfoResult, port: int) -> tuple[Found, float]:
    nodes = sorted(result.nodes, key=lambda node: node.family != socket.AF_INET)
    addresses = tuple((node.addr[0].decode(), port) for node in nodes)
    return addresses[:MOST_ADDRESSES], float(min(node.ttl for node in result.nodes))


def _why(error: Exception) -> str | None:
    """Return what a name server said, in words; None for what none has said."""
    from aiodns.error import ARES_ECONNREFUSED, ARES_ETIMEOUT, DNSError  # noqa: PLC0415

    if not isinstance(error, DNSError):
        return None
    code, text = error.args
    return SILENT if code in (ARES_ETIMEOUT, ARES_ECONNREFUSED) else text[:1].lower() + text[1:]
