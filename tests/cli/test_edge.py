"""`gateway edge`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_what_is_written(gateway: Run, tmp_path: Path) -> None:
    """Kamailio's list and its addresses, out of the settings of this folder."""
    Path("gateway.yaml").write_text(
        "sip: 127.0.0.1:5070\nworkers: 2\nedge: {listen: 127.0.0.1:5060}\n", encoding="utf-8"
    )
    ran = gateway("edge", str(tmp_path / "edge"))
    assert "2 workers" in ran.out
    assert "copy deploy/kamailio/kamailio.cfg" in ran.err
    assert "sip:127.0.0.1:5071 " in (tmp_path / "edge" / "dispatcher.list").read_text(encoding="utf-8")
    assert "listen=udp:127.0.0.1:5060" in (tmp_path / "edge" / "edge.cfg").read_text(encoding="utf-8")


def test_rtpengine(gateway: Run, tmp_path: Path) -> None:
    """Has a file of its own as long as the settings ask for it."""
    edge, file = Path("gateway.yaml"), tmp_path / "edge" / "rtpengine.conf"
    edge.write_text("sip: 127.0.0.1:5070\nedge: {rtpengine: {public: 192.0.2.1}}\n", encoding="utf-8")
    assert str(file) in gateway("edge", str(file.parent)).out
    assert "interface = public/192.0.2.1" in file.read_text(encoding="utf-8")
    edge.write_text("sip: 127.0.0.1:5070\nedge: {}\n", encoding="utf-8")
    gateway("edge", str(file.parent))
    assert not file.exists()


@pytest.mark.parametrize(
    "settings", ["", "workers: 2\nsip: 127.0.0.1:5059\nedge: {nodes: [10.0.0.2:5060]}\n"]
)
def test_a_gateway_at_the_port_of_the_edge(gateway: Run, tmp_path: Path, settings: str) -> None:
    """Nothing is written of it: one of the two could not begin. Without a word of it in the settings, too."""
    Path("gateway.yaml").write_text(settings, encoding="utf-8")
    ran = gateway("edge", str(tmp_path / "edge"))
    assert (ran.code, "edge.listen: '127.0.0.1:5060': sip" in ran.err) == (1, True)
    assert not (tmp_path / "edge").exists()


def test_what_is_worth_a_look(gateway: Run, tmp_path: Path) -> None:
    """Is said, of the edge alone."""
    media = "edge: {rtpengine: {public: 192.0.2.1, ports: 10000-10999}}"
    Path("gateway.yaml").write_text(f"sip: 127.0.0.1:5070\nrtp: 5000-10999\n{media}\n", encoding="utf-8")
    ran = gateway("edge", str(tmp_path / "edge"))
    (line,) = [line for line in ran.err.splitlines() if "warning" in line]
    assert (ran.code, "edge.rtpengine.ports" in line) == (0, True)


@pytest.mark.parametrize("folder", ["file/edge"])
def test_a_folder_that_cannot_be_had(gateway: Run, folder: str) -> None:
    """Is named."""
    Path("gateway.yaml").write_text("sip: 127.0.0.1:5070\n", encoding="utf-8")
    Path("file").write_text("", encoding="utf-8")
    ran = gateway("edge", folder)
    assert (ran.code, folder in ran.err) == (1, True)
