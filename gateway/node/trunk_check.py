"""What is wrong with trunks and certificates beyond single keys: what files, names and keys say together."""

from __future__ import annotations

import asyncio
import importlib
import socket
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from gateway.dialplan.barring import emergency_numbers
from gateway.dialplan.source import Path_
from gateway.errors import BadInput, UnknownHost
from gateway.node.addresses import addresses, port_range, written
from gateway.node.settings import Settings
from gateway.realtime import tls
from gateway.realtime.providers import TlsFiles
from gateway.sip.names import HostNames, Target
from gateway.sip.trunk_keys import TrunkKeys, host_port

_Network = IPv4Network | IPv6Network
Finding = tuple[Path_, object, str, bool]
"""Key, value, cure, and whether it is a warning only."""

LEAST_BITS, LEAST_BITS_OF_SIX = 8, 16
"""Of a network of peers; with fewer it is larger than any carrier's. 10.0.0.0/8 is everybody's own."""

NO_TLS = "this PJSIP was built without TLS: sudo apt-get install libssl-dev, then make native"


def findings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is wrong. Nobody outside of this machine is asked."""
    yield from certificates(settings)
    yield from _listeners(settings)
    yield from _overlaps(settings.trunks)
    asked = Counter(keys.auth.user for keys in settings.trunks.values() if keys.auth)
    for name, keys in settings.trunks.items():
        at: Path_ = ("trunks", name)
        yield from _secrets(at, keys, environment)
        yield from _reach(at, keys, settings)
        yield from _ports(at, keys, settings)
        yield from _local_address(at, keys, settings)
        yield from _breadth(at, keys)
        if keys.auth and asked[keys.auth.user] > 1:
            cure = "another trunk asks for this user: give each its own"
            yield (*at, "auth", "user"), keys.auth.user, cure, False
        if keys.auth and not keys.peers and settings.guests == "allow":
            cure = "with guests: allow nobody has to show a password; add peers, or refuse guests"
            yield (*at, "auth"), None, cure, False
        if keys.encryption == "required" and keys.keys == "sdes" and keys.transport != "tls":
            cure = (
                "its keys travel in the signalling, which everybody on the way can read: transport: tls, "
                "or keys: dtls"
            )
            yield (*at, "encryption"), keys.encryption, cure, True
    if settings.trunks and settings.native is False:
        yield ("trunks",), None, "portable mode has none: leave out native", False
    if _uses_tls(settings) and _lacks_tls():
        yield ("tls",), None, NO_TLS, False


def _listeners(settings: Settings) -> Iterator[Finding]:
    listed = addresses(settings.sip)
    if settings.native is False and (len(listed) > 1 or any(":" in host for host, _ in listed)):
        yield ("sip",), settings.sip, "portable mode listens at one address of IPv4", False
    if settings.native is False and "stun:" in settings.public_address:
        yield ("public_address",), settings.public_address, "portable mode asks no STUN server", False
    for place in set(addresses(settings.sip_tls) if settings.sip_tls else ()) & set(listed):
        cure = f"sip has {written(*place)}, too: choose another port, such as 5061"
        yield ("sip_tls",), settings.sip_tls, cure, False


def _reach(at: Path_, keys: TrunkKeys, settings: Settings) -> Iterator[Finding]:
    """A place in numbers needs a listener of its family."""
    families = {":" in host for host, _ in addresses(settings.sip)}
    account = keys.register_
    places = (
        (("register", "registrar"), account.registrar if account and not keys.proxy else None),
        (("address",), keys.address if not keys.proxy else None),
        (("proxy",), keys.proxy),
    )
    for key, place in places:
        host = host_port(place)[0] if place else ""
        if Target(host).numeric and (":" in host) not in families:
            six = ":" in host
            such = (
                "IPv6, and sip has none: add [::]:5060" if six else "IPv4, and sip has none: add 0.0.0.0:5060"
            )
            cure = f"an address of {such} there"
            yield (*at, *key), place, cure, False


def _local_address(at: Path_, keys: TrunkKeys, settings: Settings) -> Iterator[Finding]:
    """It has to be one of ours."""
    if keys.local_address is None:
        return
    tls = keys.transport == "tls"
    listed = addresses(settings.sip_tls or settings.sip) if tls else addresses(settings.sip)
    host, port = host_port(keys.local_address)
    if not any(host == here and port in (0, there) for here, there in listed):
        cure = f"{'sip_tls' if tls else 'sip'} has no such address: name it there, 0.0.0.0 is none"
        yield (*at, "local_address"), keys.local_address, cure, False


def _ports(at: Path_, keys: TrunkKeys, settings: Settings) -> Iterator[Finding]:
    if keys.rtp is None:
        return
    low, high = port_range(keys.rtp)
    calls = (high - low + 1) // 2
    if keys.max_calls is not None and calls < keys.max_calls:
        cure = f"ports for {calls} calls, two each; max_calls is {keys.max_calls}"
        yield (*at, "rtp"), keys.rtp, cure, True
    for _, port in addresses(settings.sip):
        if low <= port <= high:
            cure = f"the SIP port {port} lies in it: a call's audio may get that port; choose another range"
            yield (*at, "rtp"), keys.rtp, cure, True


def _overlaps(trunks: Mapping[str, TrunkKeys]) -> Iterator[Finding]:
    """Calls from one address, without an account or a password to tell by, are the first trunk's."""
    before: dict[str, list[_Network]] = {}
    for name, keys in trunks.items():
        if keys.auth is not None or keys.register_ is not None:
            continue
        own = _networks(keys)
        for network in own:
            for other, networks in before.items():
                if any(network.version == one.version and network.overlaps(one) for one in networks):
                    cure = (
                        f"{network} is of trunk {other}, too, which gets its calls: leave it to one of both"
                    )
                    yield ("trunks", name, "peers"), str(network), cure, True
        before[name] = own


def _networks(keys: TrunkKeys) -> list[_Network]:
    return [ip_network(peer, strict=False) for peer in keys.peers if "/" in peer or Target(peer).numeric]


def _breadth(at: Path_, keys: TrunkKeys) -> Iterator[Finding]:
    """A trunk that half the world is a peer of lets everybody in, as `guests: allow` would."""
    for network in _networks(keys) if keys.auth is None else ():
        if network.prefixlen < (LEAST_BITS if network.version == 4 else LEAST_BITS_OF_SIX):
            cure = (
                "so many addresses that strangers are among them, who talk at your cost: name the carrier's"
            )
            yield (*at, "peers"), str(network), cure, True


def certificates(settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong with the files for TLS, as they are now."""
    if settings.sip_tls and settings.tls is None:
        cure = "add tls: {certificate: FILE, key: FILE}: what would it show to whoever connects?"
        yield ("sip_tls",), settings.sip_tls, cure, False
    if settings.edge is not None and settings.edge.listen_tls and settings.tls is None:
        cure = "add tls: {certificate: FILE, key: FILE}: what would the edge show to carriers that connect?"
        yield ("edge", "listen_tls"), settings.edge.listen_tls, cure, False
    if settings.tls is not None:
        yield from _files(("tls",), settings.tls.ca, settings.tls.certificate, settings.tls.key)
    for name, keys in settings.trunks.items():
        if keys.transport == "tls":
            yield from _files(("trunks", name, "tls"), keys.tls.ca, keys.tls.certificate, keys.tls.key)


def _secrets(at: Path_, keys: TrunkKeys, environment: Mapping[str, str]) -> Iterator[Finding]:
    for part in ("register", "auth"):
        section = keys.register_ if part == "register" else keys.auth
        for missing in section.password.missing(environment) if section else ():
            yield (*at, part, "password"), str(section.password) if section else None, missing, False


def _files(at: Path_, ca: Path | None, certificate: Path | None, key: Path | None) -> Iterator[Finding]:
    try:
        tls.context(TlsFiles(ca, certificate, key))
    except BadInput as error:
        yield (*at, error.key.rpartition(".")[2]), None, error.cure, False
        return
    if certificate is not None and (why := _out_of_date(certificate, key)):
        yield (*at, "certificate"), str(certificate), why, False


def _out_of_date(certificate: Path, key: Path | None) -> str:
    """Say what everybody who connects will say of a certificate's dates; "" if they are right."""
    us, them = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    us.load_cert_chain(certificate, key)
    them.check_hostname = False
    them.load_verify_locations(certificate)
    them.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = us.wrap_bio(here, there, server_side=True)
    client = them.wrap_bio(there, here)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                wrong = "expired" in error.verify_message or "not yet valid" in error.verify_message
                return f"{error.verify_message}: renew it" if wrong else ""
            except ssl.SSLError:
                return ""
    return ""


def _uses_tls(settings: Settings) -> bool:
    return bool(settings.sip_tls) or any(keys.transport == "tls" for keys in settings.trunks.values())


def _lacks_tls() -> bool:
    try:
        return not importlib.import_module("gateway.sip._guard").HAS_TLS
    except ImportError:  # portable mode; it says so itself
        return False


async def unknown_hosts(settings: Settings) -> list[Finding]:
    """Ask for every host of every trunk; return those that lead nowhere."""
    found: list[Finding] = []
    family = socket.AF_UNSPEC if any(":" in host for host, _ in addresses(settings.sip)) else socket.AF_INET
    async with HostNames(family=family) as names:

        async def ask(name: str, host: str, transport: str) -> None:
            try:
                await names.find(Target(host, 0, transport))
            except UnknownHost as error:
                cure = f"{error.why}: is it written as your carrier has it?"
                found.append((("trunks", name), host, cure, True))

        async with asyncio.TaskGroup() as tasks:
            for name, keys in settings.trunks.items():
                for host in keys.hosts:
                    if "/" not in host:
                        tasks.create_task(ask(name, host, keys.transport))
    return found


def calling_policy(settings: Settings) -> list[str]:
    """Return which numbers are never called over which trunk, a line each, for people."""
    lines = []
    for name, keys in settings.trunks.items():
        if not keys.destination:
            continue
        numbers = ", ".join(emergency_numbers(keys.region or settings.region))
        emergency = f"{numbers} are called" if keys.emergency == "allow" else f"{numbers} never"
        dial = f"numbers that begin with {', '.join(keys.dial)}" if keys.dial else "numbers"
        lines.append(
            f"trunk {name}: calls of ours go to {dial}; emergency: {emergency}; premium rates: never,"
            " but for numbers that are written out"
        )
    return lines
