"""What Kamailio is told of the gateways behind it: the files that `gateway edge` writes. Pure."""

from __future__ import annotations

from pathlib import Path

from gateway.errors import BadInput
from gateway.node.addresses import EVERYWHERE, addresses, is_loopback, port_range, written
from gateway.node.edge_settings import EdgeSettings
from gateway.node.media_relay_settings import MediaRelaySettings
from gateway.node.settings import Settings
from gateway.node.settings_keys import TlsSettings
from gateway.node.workers.share import share

MAIN, GATEWAYS, ROUTES, TLS = "edge.cfg", "dispatcher.list", "kamailio.cfg", "tls.cfg"
"""What Kamailio is started with, its gateways, the routing of deploy/kamailio, its certificates."""
MEDIA = "rtpengine.conf"
"""What rtpengine is started with."""
SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Of Debian and its relatives; trusted where `tls.ca` names no others."""
WITHOUT_AUDIO_S, LONGEST_SET_UP_S = 60, 190
"""How long rtpengine keeps a call of which nothing comes, and one that nobody answers: a little longer than
gateways and Kamailio do, who have then failed to tell it."""
FURTHER_TRIES = 2
"""How often one call may ask beyond once for each rtpengine there is: new calls ask each once, calls that
are up their own one again. A time-out takes `rtpengine_tout_ms` from a process of Kamailio; word that nobody
was there takes no time."""


def edge_files(settings: Settings, edge: EdgeSettings, folder: Path) -> dict[str, str]:
    """Return the files by their names; `folder` is where they will be. Raises BadInput."""
    files = {MAIN: _main(edge, folder.absolute()), GATEWAYS: dispatcher_list(settings, edge)}
    if edge.listen_tls is not None:
        files[TLS] = _tls(settings.tls)
    if edge.rtpengine is not None:
        files[MEDIA] = _rtpengine(edge.rtpengine, learns=settings.learn_source)
    return files


def dispatcher_list(settings: Settings, edge: EdgeSettings) -> str:
    """Return the gateways: this machine's workers, each with its bound of calls, and those elsewhere."""
    count = settings.workers_count
    own = [share(settings, number, count) for number in range(count)]
    lines = [
        f"1 sip:{_reached(part.sip)} 0 0 duid=worker-{number};maxload={part.max_calls}"
        for number, part in enumerate(own)
    ]
    lines += [f"1 sip:{node} 0 0 duid={node.replace(':', '-')};maxload=0" for node in edge.nodes]
    return "# set, destination, flags, priority, attributes: `gateway edge` writes it\n" + _joined(lines)


def _main(edge: EdgeSettings, folder: Path) -> str:
    defined = {"EDGE_FOLDER": folder, "EDGE_SOCKET": folder / "ctl", "FLOOD_SECONDS": edge.flood_seconds}
    lines = ["#!KAMAILIO", "# `gateway edge` writes it; the routing is in kamailio.cfg, of deploy/kamailio."]
    lines += [f'#!substdef "!{name}!{value}!g"' for name, value in defined.items()]
    lines += [f"#!define FLOOD_REQUESTS {edge.flood_requests}"]
    lines += [f"listen={transport}:{edge.listen}" for transport in ("udp", "tcp")]
    if edge.listen_tls is not None:
        lines += ["#!define WITH_TLS", "enable_tls=yes", f"listen=tls:{edge.listen_tls}"]
    if edge.rtpengine is not None:
        lines += _through(edge.rtpengine)
    return _joined([*lines, f'include_file "{ROUTES}"'])


def _through(media: MediaRelaySettings) -> list[str]:
    """Return what the routing has to know of rtpengine."""
    sockets = " ".join(f"udp{'6' if '[' in at else ''}:{at}" for at in media.control)
    defined = {"RTPENGINE_SOCKETS": sockets, "RTPENGINE_TRIES": len(media.control) + FURTHER_TRIES}
    lines = ["#!define WITH_RTPENGINE"]
    lines += [f'#!substdef "!{name}!{value}!g"' for name, value in defined.items()]
    lines += ["#!define RTPENGINE_ON_LOOPBACK"] if is_loopback(media.public) else []
    lines += ["#!define RTPENGINE_OR_STRAIGHT"] if media.when_away == "straight" else []
    return lines + (["#!define RTPENGINE_ENDS_SRTP"] if media.srtp == "ended" else [])


def _rtpengine(media: MediaRelaySettings, *, learns: bool) -> str:
    """Return the configuration of rtpengine; `learns`: callers may be elsewhere than they announce."""
    low, high = port_range(media.ports)
    public = f"{media.public}!{media.announced}" if media.announced else f"{media.public}"
    values = {
        "table": media.kernel_table,
        "interface": f"public/{public};private/{media.private or media.public}",
        "listen-ng": media.control[0],
        "port-min": low,
        "port-max": high,
        "endpoint-learning": "heuristic" if learns else "off",
        "timeout": WITHOUT_AUDIO_S,
        "offer-timeout": LONGEST_SET_UP_S,
        "delete-delay": 0,
        "log-level": 5,
    }
    return _joined(
        ["# `gateway edge` writes it", "[rtpengine]", *(f"{key} = {value}" for key, value in values.items())]
    )


def _tls(keys: TlsSettings | None) -> str:
    """Return whom Kamailio shows itself as, and whom it trusts: who connects, and those it connects to."""
    if keys is None:
        raise BadInput("settings", "edge.listen_tls", "", "add tls: {certificate: FILE, key: FILE}")
    own = [f"certificate = {keys.certificate.absolute()}"]
    own += [f"private_key = {(keys.key or keys.certificate).absolute()}"]
    trusted = f"ca_list = {(keys.ca or SYSTEM_AUTHORITIES).absolute()}"
    asks = "yes" if keys.verify_clients else "no"
    server = ["[server:default]", "method = TLSv1.2+", *own, trusted]
    server += [f"verify_certificate = {asks}", f"require_certificate = {asks}"]
    client = ["[client:default]", "method = TLSv1.2+", *own, trusted]
    client += ["verify_certificate = yes", "require_certificate = yes"]
    return _joined(["# `gateway edge` writes it", *server, "", *client])


def _reached(sip: str) -> str:
    """Return where a worker is reached from its own machine."""
    host, port = addresses(sip)[0]
    return f"127.0.0.1:{port}" if host in EVERYWHERE else written(host, port)


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
