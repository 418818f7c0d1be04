"""How PJSIP is set up: what the process is told, in PJSIP's own words."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Literal

import pjsua2 as pj

from gateway.errors import SipError, UnknownHost
from gateway.media.media_port import JITTER_MS, PHONE_RATE
from gateway.media.plane import PORTABLE_CALLS
from gateway.sip.codecs import CODECS
from gateway.sip.connections import ConnectionBounds
from gateway.sip.message_tap import MessageSink
from gateway.sip.names import HostNames, Target, bracketed
from gateway.sip.trunk_keys import Encryption, Keying, TrunkKeys
from gateway.source_limits import Network, SourceLimits

MOST_CALLS = 1024
"""PJSUA_MAX_CALLS of our build."""
SPARE_JITTER_MS = 120
"""What PJSIP's own jitter buffer holds in native mode: a packet, which it is given when it is due."""
SPARE_CALLS = 24
"""Room above the allowed calls, so that the one too many gets our 503 and not PJSIP's own 486."""


Guests = Literal["allow", "refuse", "drop"]
"""What becomes of calls that come from nobody we know."""


@dataclass(frozen=True, slots=True)
class TlsListener:
    """Where TLS is taken, and who we are there. PEM files."""

    host: str
    port: int
    """0: any free one, as for connections of ours alone."""
    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    """The authorities of whoever connects to us, and of those that we connect to; None: the system's."""
    asks: bool = False
    """Whether whoever connects has to show a certificate of theirs."""
    verifies: bool = True
    """Whether those that we connect to have to show one that fits their name."""


@dataclass(frozen=True, slots=True)
class SipSettings:
    """Where the agent listens and what it allows."""

    host: str = "127.0.0.1"
    port: int = 5060
    rtp_low: int = 10000
    rtp_high: int = 20000
    """RTP takes the even ports of the range, RTCP the odd ones: two ports a call."""
    public_address: str = ""
    """The address to put into Contact and SDP when a router hides ours; empty: our own. Of IPv4 and of IPv6
    one each, with a comma between them."""
    stun: str = ""
    """HOST or HOST:PORT of a STUN server that tells the public address of IPv4; "" for none."""
    learn_source: bool = False
    """Lock on to the address that a caller's audio really comes from, instead of the announced one alone."""
    jitter_ms: tuple[float, float] = JITTER_MS
    """How long callers' packets wait for their turn, at least and at most; in portable mode PJSIP knows."""
    audio_ticks: int = 1
    """Ticks of 20 ms that caller audio waits for, so that several travel together."""
    silence_ticks: int = 1
    """Ticks of a silent caller that travel together past Python."""
    codecs: tuple[str, ...] = tuple(CODECS)
    """What is spoken, in order of preference. Portable mode leaves out all but G.711."""
    max_calls: int = 1000
    sources: SourceLimits = field(default_factory=SourceLimits)
    """What an address may ask for that does not acknowledge. Portable mode has no such bounds."""
    edges: tuple[Network, ...] = ()
    """Proxies of ours: a new call comes from where they say in X-Edge-Source. Portable mode has none."""
    name_servers: tuple[str, ...] = ()
    """HOST:PORT of those asked for host names, instead of the ones in resolv.conf."""
    connections: ConnectionBounds = field(default_factory=ConnectionBounds)
    tls: TlsListener | None = None
    further: tuple[tuple[str, int], ...] = ()
    """Hosts and ports of further addresses where calls are taken. Portable mode has none."""
    further_tls: tuple[TlsListener, ...] = ()
    guests: Guests = "refuse"
    home: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """What counts as this machine, beside its interfaces' addresses."""
    encryption: Encryption = "off"
    """What calls without a trunk may have of SRTP."""
    region: str | None = None
    """ISO 3166: where numbers are dialled, for trunks that have no region of their own."""
    trunks: Mapping[str, TrunkKeys] = field(default_factory=dict)
    messages: Path | None = None
    """Folder in which every message is kept; `messages_keep`: how long. Portable mode keeps none."""
    messages_keep: timedelta | None = None
    message_sinks: tuple[MessageSink, ...] = ()
    """Who else takes every message."""
    masks_numbers: bool = False
    """Whether only the ends of telephone numbers are kept of messages."""
    native: bool | None = None
    """True: C++ media plane; False: portable; None: native where it is built."""
    user_agent: str = "sip-voice-gateway"
    """No version in it: scanners read it too."""

    def own(self, *, six: bool) -> str:
        """Return the host of the first listener over IPv6, or IPv4; "" if there is none."""
        return next((host for host, _ in ((self.host, self.port), *self.further) if (":" in host) is six), "")

    @property
    def in_uri(self) -> str:
        """Our host, as it stands in a URI."""
        return bracketed(self.host)

    def public(self, *, six: bool) -> str:
        """Return what the world sees in place of it; "" for the same."""
        return next((one for one in _listed(self.public_address) if (":" in one) is six), "")

    def public_of(self, host: str) -> str:
        """Return what the world sees in place of an address of ours, the first of its family; "": itself."""
        six = ":" in host
        return self.public(six=six) if host == self.own(six=six) else ""

    @property
    def family(self) -> socket.AddressFamily:
        """What addresses others may have: AF_INET, AF_INET6, or AF_UNSPEC for both."""
        if not self.own(six=True):
            return socket.AF_INET
        return socket.AF_UNSPEC if self.own(six=False) else socket.AF_INET6


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


async def in_numbers(settings: SipSettings, *, native: bool = True) -> SipSettings:
    """Return the settings with addresses in place of host names: PJSIP would ask for them at every call.

    Raises SipError naming the setting; also for an address of IPv6 in portable mode, whose PJSIP speaks none.
    """
    listed = [("--sip", settings.host), *(("--sip", host) for host, _ in settings.further)]
    listed += [("public_address", one) for one in _listed(settings.public_address)]
    found: list[str] = []
    names = {host: Target(host, 5060) for _, host in listed if host and not Target(host).numeric}
    async with contextlib.AsyncExitStack() as stack:
        look_ups = await stack.enter_async_context(HostNames(settings.name_servers)) if names else None
        for key, host in listed:
            if look_ups is not None and host in names:
                try:
                    found.append((await look_ups.find(names[host]))[0][0])
                except UnknownHost as error:
                    raise SipError(f"{key}: {error}: write an address in numbers") from None
            else:
                found.append(host)
            _spoken(key, found[-1], native=native)
    host, *more = found[: 1 + len(settings.further)]
    public = ",".join(found[1 + len(settings.further) :])
    further = tuple((other, port) for other, (_, port) in zip(more, settings.further, strict=True))
    if further and not native:
        raise SipError("--sip: portable mode listens at one address")
    return replace(settings, host=host, further=further, public_address=public) if names else settings


def _spoken(key: str, host: str, *, native: bool) -> None:
    """Raise SipError for an address that cannot be had."""
    if ":" not in host:
        return
    if not native:
        anywhere = " (0.0.0.0 for all of this machine)" if key == "--sip" else ""
        raise SipError(
            f"{key}: {host} is an IPv6 address: write an IPv4 one{anywhere}, portable mode has no other"
        )
    try:
        six = ip_address(host)
    except ValueError:
        raise SipError(f"{key}: {host} is no address: write one in numbers, without a port") from None
    if isinstance(six, IPv6Address) and (six.ipv4_mapped or six.scope_id):
        raise SipError(f"{key}: {host}: write an IPv4 address as such, and an IPv6 one without %")


def endpoint_config(settings: SipSettings, *, native: bool) -> pj.EpConfig:
    """What `libInit` is told: one polling thread, 8 kHz and frames of 20 ms, no sound device.

    PJSIP's conference has a place for each call's stream: in native mode a silent stand-in; in portable mode
    another for its port, as the two are joined there.
    """
    calls = min(MOST_CALLS, settings.max_calls + SPARE_CALLS) if native else PORTABLE_CALLS
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0  # our thread polls
    config.uaConfig.mainThreadOnly = True  # callbacks of PJSIP's media thread come on ours
    config.uaConfig.maxCalls = calls
    config.uaConfig.userAgent = settings.user_agent
    config.logConfig.level = config.logConfig.consoleLevel = 0
    media = config.medConfig
    media.clockRate = media.sndClockRate = PHONE_RATE
    media.channelCount = 1
    media.audioFramePtime = 20
    media.ptime = 0 if native else 20  # 0: as the far end asks, which only our own build reads with care
    media.maxMediaPorts = (1 if native else 2) * calls + 8  # the master takes one, too
    media.noVad = True  # RTP flows all the time: silence is sent, not suppressed
    if native:  # packets wait in our own buffer (jitter_buffer.hpp), and come to PJSIP's when they are due
        media.jbInit = 0
        media.jbMinPre = 0
        media.jbMax = SPARE_JITTER_MS
        media.jbDiscardAlgo = pj.PJMEDIA_JB_DISCARD_NONE
    media.ecTailLen = 0  # nobody listens on a loudspeaker here
    return config


def account_config(settings: SipSettings, port: int, *, dtls: bool = False) -> pj.AccountConfig:
    """How calls are taken at `port`: session timers, RTP ports, our address. Registers nowhere.

    `dtls`: keys of SRTP may be agreed upon by DTLS.
    """
    config = pj.AccountConfig()
    config.idUri = f"sip:gateway@{bracketed(settings.host)}:{port}"
    config.sipConfig.ipv6Use = config.mediaConfig.ipv6Use = IPV6[settings.family]
    # RFC 4028: a peer that vanished without BYE is noticed even when it had stopped sending media.
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
    config.callConfig.timerMinSESec = 90
    # We listen on TCP where we listen on UDP. Looking for a port that is ours alone, PJSIP would connect to
    # where a caller's Contact says, and ask for its name, before anybody has answered.
    config.natConfig.contactUseSrcPort = 0
    transport = config.mediaConfig.transportConfig
    transport.port = settings.rtp_low
    transport.portRange = settings.rtp_high - settings.rtp_low
    transport.boundAddress = settings.host
    transport.publicAddress = settings.public(six=":" in settings.host)
    media_security(config, settings.encryption, dtls=dtls)
    return config


IPV6 = {
    socket.AF_INET: pj.PJSUA_IPV6_DISABLED,
    socket.AF_INET6: pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY,
    socket.AF_UNSPEC: pj.PJSUA_IPV6_ENABLED_NO_PREFERENCE,
}
"""What an account may send over, by what it listens on."""

SRTP = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "required": pj.PJMEDIA_SRTP_MANDATORY,
}
KEYINGS = {"sdes": pj.PJMEDIA_SRTP_KEYING_SDES, "dtls": pj.PJMEDIA_SRTP_KEYING_DTLS_SRTP}
SUITES = ("AES_CM_128_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80")
"""What we offer (RFC 4568, RFC 6188): 80 bits of authentication; shorter ones only make INVITEs longer."""


def media_security(
    config: pj.AccountConfig, encryption: Encryption, first: Keying = "sdes", *, dtls: bool
) -> None:
    """Say what an account may have of SRTP, and by which keys it offers that (`first`)."""
    media = config.mediaConfig
    media.srtpUse = SRTP[encryption]
    media.srtpSecureSignaling = 0  # whether the keys travel by TLS is the operator's to say
    options = pj.SrtpOpt()
    ways: tuple[Keying, ...] = ("sdes", "dtls") if dtls else ("sdes",)
    for way in sorted(ways, key=lambda one: one != first):
        options.keyings.append(KEYINGS[way])
    for name in SUITES:
        suite = pj.SrtpCrypto()
        suite.name = name
        options.cryptos.append(suite)
    media.srtpOpt = options
