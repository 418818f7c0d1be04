"""What Kamailio is told of the gateways behind it."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.node.edge_files import SYSTEM_AUTHORITIES, dispatcher_list, edge_files
from gateway.node.edge_settings import EdgeSettings
from gateway.node.settings import Settings
from gateway.node.settings_keys import TlsSettings
from gateway.node.trunk_check import certificates


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


def test_carriers_by_tls(tmp_path: Path) -> None:
    """With the certificate of the gateways; whom it trusts when it connects is what `tls.ca` says."""
    edge = EdgeSettings(listen="192.0.2.1:5060", listen_tls="192.0.2.1:5061")
    keys = TlsSettings(certificate=tmp_path / "c.pem", key=tmp_path / "k.pem", verify_clients=True)
    files = edge_files(Settings(sip="192.0.2.1:5070", tls=keys), edge, tmp_path)
    assert "#!define WITH_TLS\nenable_tls=yes\nlisten=tls:192.0.2.1:5061\n" in files["edge.cfg"]
    server, client = files["tls.cfg"].split("[client:default]")
    for side in (server, client):
        assert f"certificate = {tmp_path}/c.pem\nprivate_key = {tmp_path}/k.pem\n" in side
        assert f"ca_list = {SYSTEM_AUTHORITIES}\nverify_certificate = yes\n" in side
    none = edge_files(Settings(sip="192.0.2.1:5070", tls=keys), EdgeSettings(), tmp_path)
    assert "tls.cfg" not in none
    assert "WITH_TLS" not in none["edge.cfg"]


def test_audio_through_rtpengine(tmp_path: Path) -> None:
    """Kamailio knows where it is told of calls; rtpengine its addresses, ports, and whom it hears."""
    edge = EdgeSettings.model_validate(
        {"rtpengine": {"public": "192.0.2.1", "private": "10.0.0.1", "announced": "203.0.113.7"}}
    )
    files = edge_files(Settings(sip="10.0.0.1:5070"), edge, tmp_path)
    assert "#!define WITH_RTPENGINE\n" in files["edge.cfg"]
    assert 'substdef "!RTPENGINE_SOCKETS!udp:127.0.0.1:2223!g"' in files["edge.cfg"]
    assert "RTPENGINE_ON_LOOPBACK" not in files["edge.cfg"]
    assert "RTPENGINE_OR_STRAIGHT" not in files["edge.cfg"]
    assert "RTPENGINE_ENDS_SRTP" not in files["edge.cfg"]
    told = configparser.ConfigParser(interpolation=None)
    told.read_string(files["rtpengine.conf"])
    own = told["rtpengine"]
    assert own["interface"] == "public/192.0.2.1!203.0.113.7;private/10.0.0.1"
    assert (own["listen-ng"], own["table"], own["endpoint-learning"]) == ("127.0.0.1:2223", "-1", "off")
    assert (own["port-min"], own["port-max"]) == ("30000", "39999")
    learning = edge_files(Settings(sip="10.0.0.1:5070", learn_source=True), edge, tmp_path)
    assert "endpoint-learning = heuristic\n" in learning["rtpengine.conf"]


def test_what_rtpengine_may_be_asked_for(tmp_path: Path) -> None:
    """Calls that go straight while it is away, SRTP that ends there, and others elsewhere."""
    told = {"public": "2001:db8::1", "control": ["[::1]:2223", "10.0.0.9:2223"]}
    edge = EdgeSettings.model_validate({"rtpengine": told | {"when_away": "straight", "srtp": "ended"}})
    files = edge_files(Settings(sip="10.0.0.1:5070"), edge, tmp_path)
    assert "!udp6:[::1]:2223 udp:10.0.0.9:2223!" in files["edge.cfg"]
    assert 'substdef "!RTPENGINE_TRIES!4!g"' in files["edge.cfg"]
    assert "#!define RTPENGINE_OR_STRAIGHT\n#!define RTPENGINE_ENDS_SRTP\n" in files["edge.cfg"]
    assert "interface = public/2001:db8::1;private/2001:db8::1\n" in files["rtpengine.conf"]
    assert "rtpengine.conf" not in edge_files(Settings(sip="10.0.0.1:5070"), EdgeSettings(), tmp_path)


def test_tls_without_a_certificate(tmp_path: Path) -> None:
    """Is refused, with the cure."""
    edge = EdgeSettings(listen_tls="192.0.2.1:5061")
    with pytest.raises(BadInput, match="certificate"):
        edge_files(Settings(sip="192.0.2.1:5070"), edge, tmp_path)
    found = list(certificates(Settings(edge=edge)))
    assert [(key, fatal) for key, _, _, fatal in found] == [(("edge", "listen_tls"), False)]
