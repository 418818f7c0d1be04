"""The line: the SIP address, the ports for audio, PJSIP."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from gateway.doctor.finding import Finding, fine, look, wrong
from gateway.media.plane import PORTABLE_CALLS, native_available
from gateway.node.addresses import addresses, port_range
from gateway.node.listener_check import ListeningPlace, places_of_workers
from gateway.node.settings import Settings
from gateway.port_owner import in_use

PORTS_A_CALL = 2
TAKEN_PART = 0.5
"""Part of the range that others may have before it is worth a look."""
UDP_SOCKETS = (Path("/proc/net/udp"), Path("/proc/net/udp6"))


def look_at_line(settings: Settings, running: str | None) -> Iterator[Finding]:
    """Look at all of it; `running`: where a gateway of this folder answers already, `host:port`."""
    yield from _sip(settings, running)
    yield from _rtp(settings)
    yield _pjsip(settings)
    if (found := _public(settings)) is not None:
        yield found


def _sip(settings: Settings, running: str | None) -> Iterator[Finding]:
    listed = addresses(settings.sip)
    if running is not None and running.rpartition(":")[2] == str(listed[0][1]):
        yield fine("SIP port", f"the gateway that runs here answers on {running}")
        return
    for place in places_of_workers(settings):
        yield _free(place)


def _free(wanted: ListeningPlace) -> Finding:
    host, port, place = wanted.host, wanted.port, wanted.place
    kinds = ((socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP"))[wanted.key == ("sip_tls",) :]
    for kind, name in kinds:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as tried:
            if ":" in host:  # [::] is no 0.0.0.0 (RFC 3493 section 5.3)
                tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if kind == socket.SOCK_STREAM:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, port))
                if kind == socket.SOCK_STREAM:
                    tried.listen(1)
            except OSError as error:
                return _no_address(wanted, name, error)
    return fine("SIP port", f"{place} is free, {' and '.join(name for _, name in kinds)}")


def _no_address(wanted: ListeningPlace, name: str, error: OSError) -> Finding:
    sip, key = wanted.place, f"`{wanted.key[0]}`"
    if error.errno == errno.EADDRINUSE:
        found, _, cure = in_use(f"{name} {sip}", wanted.port, key).partition(": ")
        return wrong("SIP port", found, cure)
    if error.errno == errno.EACCES:
        cure = "choose a port above 1023, or give the service AmbientCapabilities=CAP_NET_BIND_SERVICE"
        return wrong("SIP port", f"{name} {sip} may not be had by this user", cure)
    cure = f"write an address of this machine (`ip -brief address` lists them), or 0.0.0.0, as {key}"
    return wrong("SIP port", f"{name} {sip}: {error.strerror or error}", cure)


def _rtp(settings: Settings) -> Iterator[Finding]:
    low, high = port_range(settings.rtp)
    room = (high - low + 1) // PORTS_A_CALL
    if room < settings.max_calls:
        cure = f"widen `rtp` to {settings.max_calls * PORTS_A_CALL} ports, or set max_calls: {room}"
        yield wrong("RTP range", f"{settings.rtp} is enough for {room} calls, of {settings.max_calls}", cure)
    else:
        yield fine("RTP range", f"{settings.rtp} is enough for {room} calls, of {settings.max_calls}")
    taken = _taken(low, high)
    free = (high - low + 1 - taken) // PORTS_A_CALL
    if taken and free < settings.max_calls:
        cure = "choose another range as `rtp`, or stop what has them: ss -lunp"
        yield wrong("RTP ports", f"others have {taken} of the range: {free} calls are left", cure)
    elif taken > (high - low + 1) * TAKEN_PART:
        yield look("RTP ports", f"others have {taken} of the range", "choose another range as `rtp`")


def _taken(low: int, high: int) -> int:
    """Return how many UDP ports of a range are in use, in numbers of the kernel."""
    ports = set()
    for table in UDP_SOCKETS:
        if table.exists():
            for line in table.read_text(encoding="ascii").splitlines()[1:]:
                ports.add(int(line.split()[1].rpartition(":")[2], 16))
    return sum(low <= port <= high for port in ports)


def _pjsip(settings: Settings) -> Finding:
    if settings.native is False:
        return look(
            "PJSIP", f"portable mode was asked for: {PORTABLE_CALLS} calls at once", "leave `native` out"
        )
    if not native_available():
        cure = (
            "make native (it says what it lacks); portable mode is for trying out, let no stranger reach it"
        )
        return wrong("PJSIP", f"our own build is not installed: portable mode, {PORTABLE_CALLS} calls", cure)
    return fine("PJSIP", "our own build, native media")


def _public(settings: Settings) -> Finding | None:
    host, _port = addresses(settings.sip)[0]
    if settings.public_address or os.environ.get("GATEWAY_PUBLIC_ADDRESS"):
        return None
    try:
        own = ipaddress.ip_address(host if host != "localhost" else "127.0.0.1")
    except ValueError:
        return None
    if own.is_loopback:
        return _local(settings)
    if own.is_unspecified:
        own = _own_address()
    if own.is_private and not own.is_loopback:
        cure = "behind a router: public_address, and forward the SIP port and the RTP range to this machine"
        return look("address", f"callers are told {own}, which only your own network reaches", cure)
    return fine("address", f"callers are told {own}")


def _local(settings: Settings) -> Finding | None:
    """Look at a gateway that only this machine reaches."""
    if settings.edge is None:
        return look(
            "address", f"{settings.sip}: only this machine can call", "`sip: 0.0.0.0:5060` for a trunk"
        )
    if settings.edge.rtpengine is not None:
        return None
    cure = "an address that they reach as `sip`, or `edge.rtpengine`"
    return look("address", f"{settings.sip}: callers of the edge are told to send their audio there", cure)


def _own_address() -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address with which this machine would leave for elsewhere; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))
            return ipaddress.ip_address(way.getsockname()[0])
        except OSError:
            return ipaddress.ip_address("127.0.0.1")
