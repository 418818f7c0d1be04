import socket
import threading
from collections.abc import Iterator

import pytest

from deploy import probe


class Peer:
    """A SIP server with one thing to say; silent to the first `deaf` requests."""

    def __init__(self, answer: bytes, deaf: int = 0) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port: int = self.sock.getsockname()[1]
        self.heard: list[bytes] = []
        self._answer, self._deaf = answer, deaf
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        while (request := self.sock.recvfrom(65536))[0]:
            self.heard.append(request[0])
            if len(self.heard) > self._deaf:
                self.sock.sendto(self._answer, request[1])

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.sock.close()


@pytest.fixture(params=[b"SIP/2.0 200 OK\r\n\r\n"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    made = Peer(request.param) if isinstance(request.param, bytes) else Peer(*request.param)
    yield made
    made.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_server_that_answers_is_alive(peer: Peer, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Also when it listens everywhere."""
    assert probe.main([f"{host}:{peer.port}"]) == 0
    assert capsys.readouterr().out == f"{host}:{peer.port}: 200 OK\n"


@pytest.mark.parametrize(
    "peer", [b"SIP/2.0 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n"], indirect=True
)
def test_server_that_drains_is_alive(peer: Peer) -> None:
    """Killing it would end the calls it lets finish."""
    assert probe.ask("127.0.0.1", peer.port) == "503 Service Unavailable"


@pytest.mark.parametrize("peer", [(b"SIP/2.0 200 OK\r\n\r\n", 1)], indirect=True)
def test_one_lost_packet_is_forgiven(peer: Peer) -> None:
    """The same request goes out twice, so that a server takes it for a retransmission."""
    assert probe.ask("127.0.0.1", peer.port, timeout=0.1) == "200 OK"
    assert len(set(peer.heard)) == 1


@pytest.mark.parametrize("peer", [(b"", 9)], indirect=True)
def test_silence_is_death(peer: Peer) -> None:
    """Two tries, then it is over."""
    with pytest.raises(TimeoutError):
        probe.ask("127.0.0.1", peer.port, timeout=0.05)
    assert len(peer.heard) == 2


@pytest.mark.parametrize("peer", [b"HTTP/1.1 400 Bad Request\r\n\r\n"], indirect=True)
def test_answer_of_another_kind_is_death(peer: Peer, capsys: pytest.CaptureFixture[str]) -> None:
    """Something else sits on the port."""
    assert probe.main([f"127.0.0.1:{peer.port}"]) == 1
    assert "does not speak SIP" in capsys.readouterr().err


def test_closed_port_is_death(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is there: said at once, without a traceback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    assert probe.main([f"127.0.0.1:{port}"]) == 1
    assert "refused" in capsys.readouterr().err


def test_request_is_whole(peer: Peer) -> None:
    """Every header that RFC 3261 section 8.1.1 wants, and the end of the message."""
    probe.ask("127.0.0.1", peer.port)
    text = peer.heard[0].decode()
    assert text.startswith(f"OPTIONS sip:127.0.0.1:{peer.port} SIP/2.0\r\n")
    assert text.endswith("\r\n\r\n")
    for header in ("Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq"):
        assert f"\r\n{header}: " in text
