"""What Kamailio is told of the gateways behind it."""

from __future__ import annotations

from pathlib import Path

from gateway.node.edge_files import dispatcher_list, edge_files
from gateway.node.edge_settings import EdgeSettings
from gateway.node.settings import Settings


def test_the_list_of_gateways() -> None:
    """Each worker with its port and its bound, and those of other machines, each with a name."""
    settings = Settings(sip="0.0.0.0:5070", workers=2, max_calls=300)
    lines = dispatcher_list(settings, EdgeSettings(nodes=("10.0.0.2:5070",))).splitlines()
    assert lines[1:] == [
        "1 sip:127.0.0.1:5070 0 0 duid=worker-0;maxload=150",
        "1 sip:127.0.0.1:5071 0 0 duid=worker-1;maxload=150",
        "1 sip:10.0.0.2:5070 0 0 duid=10.0.0.2-5070;maxload=0",
    ]


def test_where_it_listens(tmp_path: Path) -> None:
    """By UDP and TCP; its files are found from wherever it is started."""
    edge = EdgeSettings(listen="192.0.2.1:5060", flood_requests=77, flood_seconds=8)
    main = edge_files(Settings(sip="192.0.2.1:5070"), edge, tmp_path)["edge.cfg"]
    assert "listen=udp:192.0.2.1:5060\nlisten=tcp:192.0.2.1:5060\n" in main
    assert f'substdef "!EDGE_FOLDER!{tmp_path}!g"' in main
    assert "#!define FLOOD_REQUESTS 77\n" in main
    assert 'substdef "!FLOOD_SECONDS!8!g"' in main
    assert main.endswith('include_file "kamailio.cfg"\n')
