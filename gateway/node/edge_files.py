"""What Kamailio is told of the gateways behind it: the files that `gateway edge` writes. Pure."""

from __future__ import annotations

from pathlib import Path

from gateway.node.addresses import addresses, written
from gateway.node.edge_settings import EdgeSettings
from gateway.node.settings import Settings
from gateway.node.workers.share import share

MAIN, GATEWAYS, ROUTES = "edge.cfg", "dispatcher.list", "kamailio.cfg"
"""The file that Kamailio is started with, its list of gateways, and the routing of deploy/kamailio."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - it is looked for, not bound


def edge_files(settings: Settings, edge: EdgeSettings, folder: Path) -> dict[str, str]:
    """Return the files by their names; `folder` is where they will be. Raises BadInput."""
    return {MAIN: _main(edge, folder.absolute()), GATEWAYS: dispatcher_list(settings, edge)}


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
    return _joined([*lines, f'include_file "{ROUTES}"'])


def _reached(sip: str) -> str:
    """Return where a worker is reached from its own machine."""
    host, port = addresses(sip)[0]
    return f"127.0.0.1:{port}" if host in EVERYWHERE else written(host, port)


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
