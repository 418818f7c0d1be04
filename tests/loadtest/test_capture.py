"""The capture sees the packets it should see, each once, at the time the kernel gave it."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.loadtest import packets
from gateway.loadtest.capture import Capture
from tests.equipment import ports


@pytest.fixture
def allowed() -> None:
    """Skip where packets may not be listened to."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except (PermissionError, AttributeError):
        pytest.skip("listening to packets needs root on Linux")


def _send(target: int, *payloads: bytes, source: int = 0) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", source))
        for payload in payloads:
            sender.sendto(payload, ("127.0.0.1", target))


@pytest.mark.usefixtures("allowed")
def test_packets_of_the_ports_asked_for(tmp_path: Path) -> None:
    """From or to a port of a range, once each, in order, with true times; nothing else."""
    low, high = ports.free_range(20)
    began = time.monotonic_ns()
    with Capture(tmp_path / "packets", ((low, low + 4), (low + 10, low + 10))) as capture:
        _send(low + 4, b"to the range")
        _send(low + 5, b"beside it")
        _send(low + 9, b"beside the other", source=low + 11)
        _send(high, b"from the other", source=low + 10)
        _send(low + 10, *(b"%d" % number for number in range(2000)))
    found = packets.read(capture)
    ended = time.monotonic_ns()
    payloads = list(found.payloads())
    assert payloads == [b"to the range", b"from the other", *(b"%d" % number for number in range(2000))]
    assert capture.dropped == 0
    assert (found.target[0], found.source[1]) == (low + 4, low + 10)
    assert began - 1_000_000 <= found.at[0] <= found.at[-1] <= ended + 1_000_000


@pytest.mark.usefixtures("allowed")
def test_without_ports_all_udp(tmp_path: Path) -> None:
    """A gateway whose ports are not known: everything is kept."""
    with Capture(tmp_path / "packets", ()) as capture:
        _send(ports.free_port(), b"somewhere 5197")
    assert b"somewhere 5197" in list(packets.read(capture).payloads())


@pytest.mark.usefixtures("allowed")
def test_a_quiet_line(tmp_path: Path) -> None:
    """No packets are no error."""
    with Capture(tmp_path / "packets", ((1, 2),)) as capture:
        pass
    assert len(packets.read(capture)) == 0


def test_without_the_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is not root is told so in one line."""

    def refused(*_: object) -> socket.socket:
        raise PermissionError

    monkeypatch.setattr("socket.socket", refused)
    with pytest.raises(BadInput, match="root"):
        Capture(tmp_path / "packets", ())
