"""Packets on their way to Homer: nobody waits for a name, a wire or a server."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from structlog.testing import capture_logs

from gateway.records.hep import sender as module
from gateway.records.hep.packet import HepKind, HepPacket
from gateway.records.hep.sender import HepSender
from tests.equipment import patience
from tests.equipment.homer import Homer


def packet(payload: bytes = b"x") -> HepPacket:
    return HepPacket(1.0, HepKind.LOG, "127.0.0.1:1", "127.0.0.1:2", "a@b", payload)


def test_packets_arrive_in_their_order() -> None:
    """Also those that wait when it ends."""
    with Homer() as homer:
        host, _, port = homer.place.rpartition(":")
        sender = HepSender(host, int(port), 7, "secret")
        for number in range(200):
            sender.send(packet(b"%d" % number))
        sender.close()
        captured = homer.until(lambda seen: len(seen) == 200)
    assert [int(one.payload) for one in captured] == list(range(200))
    assert {(one.node, one.password) for one in captured} == {(7, "secret")}


def test_a_name_that_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs packets, counted, and no time of whoever sends."""
    hangs = threading.Event()

    def look_up(*_: object, **__: object) -> object:
        hangs.wait(patience.seconds(10))
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(module.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(module, "MOST_WAITING", 10)
    sender = HepSender("homer.invalid", 9060, 1)
    began = time.monotonic()
    for _ in range(100):
        sender.send(packet())
    assert time.monotonic() - began < patience.seconds(1)
    with capture_logs() as logs:
        hangs.set()
        sender.close()
        sender._thread.join(patience.seconds(5))
    (said,) = [line for line in logs if line["event"] == "hep.packets_lost"]
    assert said["packets"] == 100
    assert "homer.invalid" in said["error"]


def test_a_server_that_is_not_there() -> None:
    """Is told by the network (ICMP): said once, in one line."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with capture_logs() as logs:
        sender = HepSender("127.0.0.1", port, 1)
        for _ in range(20):
            sender.send(packet())
            threading.Event().wait(0.005)  # for the network to say so
        sender.send(packet(b"x" * 70_000))
        sender.close()
    (said,) = [line for line in logs if line["event"] == "hep.packets_lost"]
    assert said["packets"] >= 1
