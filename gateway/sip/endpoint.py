"""PJSIP's one endpoint in this process: its transports, and in native mode the guards around them.

All of this runs on the SIP thread, which owns the endpoint.
"""

from __future__ import annotations

import atexit
import importlib
import ssl
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pjsua2 as pj

from gateway.errors import PortInUse, SipError
from gateway.port_owner import in_use
from gateway.sip import connections, sources
from gateway.sip.codecs import CODECS, spoken
from gateway.sip.message_log import SipMessageLog
from gateway.sip.message_tap import MessageTap
from gateway.sip.mute_stdout import quiet
from gateway.sip.names import bracketed
from gateway.sip.shortage import Shortage
from gateway.sip.stack import SipSettings, TlsListener, endpoint_config
from gateway.sip.trunk_keys import host_port

FREE_PORTS_TRIED = 20
"""Where any port will do."""
ADDRESS_IN_USE = 120000 + 98
"""PJSIP's status for EADDRINUSE: PJ_ERRNO_START_SYS + errno."""

AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
"""Where Debian and Fedora keep whom they trust."""

RefusalLogs = tuple[sources.SourceLog | connections.ConnectionLog | Shortage | MessageTap, ...]
"""What is looked at now and then for the log: who was refused, and why."""


NO_TLS = (
    "this PJSIP was built without TLS (portable mode has none): "
    "sudo apt-get install libssl-dev, then make native"
)


def guards(settings: SipSettings) -> tuple[ModuleType, RefusalLogs]:
    """Install what stands between the wire and PJSIP; return it, with what it has to tell."""
    guard = importlib.import_module("gateway.sip._guard")  # linked to the PJSIP just loaded
    guard.install()
    guard.speak([CODECS[name].rtpmap for name in spoken(settings.codecs, native=True)])
    return guard, (
        *_message_tap(guard, settings),
        connections.bound(guard, settings.sources, settings.connections),
        sources.judge(guard, settings.sources, settings.max_calls),
        Shortage(guard.shortage, guard.revive_listener),
    )


def _message_tap(guard: ModuleType, settings: SipSettings) -> tuple[MessageTap, ...]:
    sinks = settings.message_sinks
    if settings.messages is not None:
        sinks += (SipMessageLog(settings.messages, settings.messages_keep, masks=settings.masks_numbers),)
    if not sinks:
        return ()
    guard.tap_messages()
    tap = MessageTap(guard.take_messages, sinks)
    atexit.register(tap.close)  # with the BYEs of the end
    return (tap,)


def waking() -> ModuleType:
    """Install the SIP thread's wait, and what ends it; return it."""
    module = importlib.import_module("gateway.sip._wake")
    module.install()
    return module


def create(library: pj.Endpoint, settings: SipSettings, *, native: bool) -> None:
    """Make PJSIP's endpoint."""
    with quiet():
        library.libCreate()
    library.libInit(endpoint_config(settings, native=native))


def listen(library: pj.Endpoint, settings: SipSettings, guard: ModuleType | None) -> int:
    """Open UDP and TCP at each address, and TLS; return the first port. Raises SipError, and pj.Error."""
    for tls in (settings.tls, *settings.further_tls):
        if tls is not None and tls.port:
            listen_tls(library, tls, guard)
    if guard is not None:
        four, six = settings.own(six=False), settings.own(six=True)
        guard.take_audio_at(four, settings.public(six=False), six, settings.public(six=True))
    port = _listen(library, settings, settings.host, settings.port)
    for host, wanted in settings.further:
        try:
            _listen(library, settings, host, wanted)
        except pj.Error as error:
            raise explain(error, host, wanted) from None
    return port


def _listen(library: pj.Endpoint, settings: SipSettings, host: str, wanted: int) -> int:
    """Open UDP and TCP; a free port for UDP may be taken for TCP, then another is tried."""
    six = ":" in host
    config = pj.TransportConfig()
    config.boundAddress = host
    config.publicAddress = settings.public_of(host)
    tried = 0
    while True:
        tried += 1
        config.port = wanted
        udp = library.transportCreate(pj.PJSIP_TRANSPORT_UDP6 if six else pj.PJSIP_TRANSPORT_UDP, config)
        config.port = port = int(library.transportGetInfo(udp).localName.rpartition(":")[2])
        try:
            library.transportCreate(pj.PJSIP_TRANSPORT_TCP6 if six else pj.PJSIP_TRANSPORT_TCP, config)
        except pj.Error as error:
            if wanted or tried == FREE_PORTS_TRIED or error.status != ADDRESS_IN_USE:
                raise
            library.transportClose(udp)
        else:
            return port


def listen_tls(library: pj.Endpoint, tls: TlsListener, guard: ModuleType | None) -> int:
    """Open TLS 1.2 and 1.3; return PJSIP's number of the listener. Raises SipError, and pj.Error."""
    if guard is None or not guard.HAS_TLS:
        raise SipError(f"cannot listen for TLS: {NO_TLS}")
    config = pj.TransportConfig()
    config.boundAddress, config.port = tls.host, tls.port
    config.tlsConfig = tls_config(tls)
    try:
        kind = pj.PJSIP_TRANSPORT_TLS6 if ":" in tls.host else pj.PJSIP_TRANSPORT_TLS
        number = int(library.transportCreate(kind, config))
    except pj.Error as error:
        where = f"{bracketed(tls.host)}:{tls.port}"
        if error.status == ADDRESS_IN_USE:
            raise PortInUse(in_use(f"TLS address {where}", tls.port, "--tls")) from None
        raise SipError(f"cannot listen for TLS on {where}: {error.reason}") from None
    return number


def number_of(library: pj.Endpoint, kind: int) -> int:
    """Return PJSIP's number of its first transport of a kind; -1 if there is none."""
    for number in library.transportEnum():
        if library.transportGetInfo(number).type == kind:
            return int(number)
    return int(pj.PJSUA_INVALID_ID)


def transport_at(library: pj.Endpoint, kind: int, place: str) -> int:
    """Return PJSIP's number of the listener of a kind at HOST or HOST:PORT. Raises SipError for none."""
    host, port = host_port(place)
    for number in library.transportEnum():
        info = library.transportGetInfo(number)  # held: its parts are views into it
        at, _, own = info.localAddress.rpartition(":")
        if info.type == kind and at.strip("[]") == host and port in (0, int(own)):
            return int(number)
    raise SipError(f"local_address {place}: no listener is there: name it in sip")


def listener_at(library: pj.Endpoint, tls: TlsListener) -> int:
    """Return PJSIP's number of the listener for TLS there; -1 if there is none."""
    kind = pj.PJSIP_TRANSPORT_TLS6 if ":" in tls.host else pj.PJSIP_TRANSPORT_TLS
    for number in library.transportEnum():
        info = library.transportGetInfo(number)  # held: its parts are views into it
        if info.type == kind and info.localName.rpartition(":")[2] == str(tls.port):
            return int(number)
    return int(pj.PJSUA_INVALID_ID)


def tls_files(tls: TlsListener) -> tuple[str, str, str]:
    """Return certificate, key and authorities as PJSIP names files: "" for none."""
    key = tls.key or tls.certificate
    return str(tls.certificate or ""), str(key or ""), str(tls.ca or _system_authorities())


def _system_authorities() -> str:
    """Return the file of the authorities that this system trusts; "" if it has none."""
    named = ssl.get_default_verify_paths().cafile
    found = (path for path in (named, *AUTHORITIES) if path and Path(path).is_file())
    return next(found, "")


def tls_config(tls: TlsListener) -> pj.TlsConfig:
    """Return PJSIP's words for who we are and whom we trust: its own stop at TLS 1.2 and trust everybody."""
    config = pj.TlsConfig()
    config.certFile, config.privKeyFile, config.CaListFile = tls_files(tls)
    config.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2 | pj.PJ_SSL_SOCK_PROTO_TLS1_3
    config.verifyServer = tls.verifies
    config.verifyClient = config.requireClientCert = tls.asks
    return config


def be_named(
    guard: Callable[[], ModuleType | None], submit: Callable[[Callable[[], None]], None], address: str
) -> None:
    """Have the SIP thread write this address of IPv4 into Via, Contact and descriptions from now on."""

    def name() -> None:
        if (there := guard()) is not None:
            there.name_public(address)

    submit(name)


def explain(error: pj.Error, host: str, port: int) -> SipError:
    """Return what a person can do about an endpoint that could not begin there."""
    where = f"{bracketed(host)}:{port}"
    if error.status == ADDRESS_IN_USE:
        return PortInUse(in_use(f"SIP address {where}", port, "--sip"))
    return SipError(f"cannot listen on {where}: {error.reason}")
