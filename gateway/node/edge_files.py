"""What Kamailio is told of the gateways behind it: the files that `gateway edge` writes. Pure."""

from __future__ import annotations

from pathlib import Path

from gateway.errors import BadInput
from gateway.node.addresses import addresses, written
from gateway.node.edge_settings import EdgeSettings
from gateway.node.settings import Settings
from gateway.node.settings_keys import TlsSettings
from gateway.node.workers.share import share

MAIN, GATEWAYS, ROUTES, TLS = "edge.cfg", "dispatcher.list", "kamailio.cfg", "tls.cfg"
"""What Kamailio is started with, its gateways, the routing of deploy/kamailio, its certificates."""
SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Of Debian and its relatives; trusted where `tls.ca` names no others."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - it is looked for, not bound


def edge_files(settings: Settings, edge: EdgeSettings, folder: Path) -> dict[str, str]:
    """Return the files by their names; `folder` is where they will be. Raises BadInput."""
    files = {MAIN: _main(edge, folder.absolute()), GATEWAYS: dispatcher_list(settings, edge)}
    if edge.listen_tls is not None:
        files[TLS] = _tls(settings.tls)
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
    return _joined([*lines, f'include_file "{ROUTES}"'])


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
