"""Whether an edge and what stands beside it leave the ports of gateways alone, and let their calls in."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.dialplan.source import Path_
from gateway.errors import BadInput
from gateway.node.addresses import address, addresses, is_loopback, port_range
from gateway.node.edge_settings import EdgeSettings
from gateway.node.media_relay_settings import MediaRelaySettings
from gateway.node.settings import Settings
from gateway.node.workers.share import share

Finding = tuple[Path_, object, str, bool]
"""Key, value, cure, and whether it is a warning only."""


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong with `edge` beside the other settings."""
    if (edge := settings.edge) is None:
        return
    yield from _listeners(settings, edge)
    if edge.rtpengine is not None:
        yield from _ports(settings, edge.rtpengine)
        yield from _control(edge.rtpengine)
        yield from _encryption(settings, edge.rtpengine)


def _listeners(settings: Settings, edge: EdgeSettings) -> Iterator[Finding]:
    _, at = address(edge.listen)
    try:
        workers = [share(settings, n, settings.workers_count).sip for n in range(settings.workers_count)]
    except BadInput:  # told of the workers themselves
        return
    if at in {port for sip in workers for _, port in addresses(sip)}:
        cure = f"a gateway has that port: {', '.join(workers)}; choose another"
        yield ("edge", "listen"), edge.listen, cure, False


def _ports(settings: Settings, media: MediaRelaySettings) -> Iterator[Finding]:
    """Both find out which ports are free, but a call may get one and lack its neighbour."""
    low, high = port_range(media.ports)
    first, last = port_range(settings.rtp)
    at = ("edge", "rtpengine", "ports")
    if low <= last and first <= high:
        cure = f"gateways of this machine have some of them: rtp is {settings.rtp}; choose others"
        yield at, media.ports, cure, True
    for _, port in addresses(settings.sip):
        if low <= port <= high:
            yield at, media.ports, f"the SIP port {port} lies in it: choose another range", True


def _control(media: MediaRelaySettings) -> Iterator[Finding]:
    own = media.control[0]
    if not is_loopback(address(own)[0]):
        cure = "whoever reaches it can have the audio of all calls: 127.0.0.1, or a firewall before it"
        yield ("edge", "rtpengine", "control"), own, cure, True


def _encryption(settings: Settings, media: MediaRelaySettings) -> Iterator[Finding]:
    """Where SRTP ends before the gateway, it would refuse every call of who has to encrypt."""
    if media.srtp == "kept":
        return
    cure = (
        "gateways behind it hear plain RTP, and would refuse it: optional here, or edge.rtpengine.srtp: kept"
    )
    if settings.encryption == "required":
        yield ("encryption",), "required", cure, True
    for name, trunk in settings.trunks.items():
        if trunk.encryption == "required":
            yield ("trunks", name, "encryption"), "required", cure, True
