"""Whether what stands beside an edge leaves the ports of gateways alone, and lets their calls in."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.dialplan.source import Path_
from gateway.node.addresses import address, addresses, is_loopback, port_range
from gateway.node.media_relay_settings import MediaRelaySettings
from gateway.node.settings import Settings

Finding = tuple[Path_, object, str, bool]
"""Key, value, cure, and whether it is a warning only."""


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong with `edge` beside the other settings."""
    if settings.edge is not None and (media := settings.edge.rtpengine) is not None:
        yield from _ports(settings, media)
        yield from _control(media)
        yield from _encryption(settings, media)


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
