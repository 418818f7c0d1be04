"""The light server of a load test: `_tones`, behind a port that it shares with nobody.

    python -m gateway.loadtest.model_server HOST:PORT [--tls-cert FILE --tls-key FILE]

Hands are shaken here, one after the other; all else is C++. Whoever asks without wanting to shake hands is
told what was heard and said so far, as JSON, and needs no TLS for that: see `ask`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field

import orjson

from gateway.loadtest import _tones
from gateway.loadtest._tones import ToneServer
from gateway.media.tls import TlsSocket, TlsState
from gateway.realtime.connect import CALL_HEADER

_KEY = re.compile(rb"^Sec-WebSocket-Key\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_CALL = re.compile(rb"^" + CALL_HEADER.encode() + rb"\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 section 1.3."""
TLS_HANDSHAKE = b"\x16"
"""The first byte of a client under TLS: RFC 8446 section 5.1."""
LONGEST_REQUEST = 8192
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a server has heard and said. Times in ns of CLOCK_MONOTONIC."""

    speech_started: dict[str, list[int]] = field(default_factory=dict)
    """When it said so, by the gateway's names of the calls."""
    first_sound: dict[str, list[int]] = field(default_factory=dict)
    """When it sent the first piece of each answer."""
    heard: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Of each second, by its beginning: when this caller's audio would have begun if all of it had come as
    punctually as the most punctual message of that second. It moves by as much as gets lost."""


def ask(host: str, port: int) -> Told:
    """Ask a server what it has heard and said so far. Raises OSError."""
    with socket.create_connection((host, port), PATIENCE_S) as server:
        server.sendall(b"GET /told HTTP/1.0\r\n\r\n")
        answer = b""
        while more := server.recv(1 << 20):
            answer += more
    found = orjson.loads(answer.partition(b"\r\n\r\n")[2])
    heard = {call: [(second, began) for second, began in origins] for call, origins in found["heard"].items()}
    return Told(found["speech_started"], found["first_sound"], heard)


def serve(host: str, port: int, tls: _tones.ServerTls | None = None) -> None:
    """Serve until SIGTERM."""
    server, listener = ToneServer(), socket.create_server((host, port), backlog=512)
    ends = threading.Event()

    def end(_number: int, _frame: object) -> None:
        ends.set()
        listener.close()

    signal.signal(signal.SIGTERM, end)
    thread = threading.Thread(target=server.run, name="tones")
    thread.start()
    url = f"{'ws' if tls is None else 'wss'}://{host}:{port}/v1/realtime"
    sys.stdout.write(orjson.dumps({"event": "embedded.ready", "url": url}).decode() + "\n")
    sys.stdout.flush()
    while not ends.is_set():
        with suppress(OSError):  # of those who do not come to the point, and of our own end
            welcome(listener.accept()[0], server, tls)
    server.stop()
    thread.join()


def welcome(client: socket.socket, server: ToneServer, tls: _tones.ServerTls | None) -> None:
    """Shake hands and hand the client over, or answer what it asks. Raises OSError."""
    with client:
        client.settimeout(PATIENCE_S)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secure = tls is not None and client.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE
        line = _Secure(client, tls) if tls is not None and secure else client
        request = b""
        while b"\r\n\r\n" not in request and len(request) < LONGEST_REQUEST:
            if not (more := line.recv(4096)):
                return
            request += more
        key, call = _KEY.search(request), _CALL.search(request)
        if key is None:
            line.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + orjson.dumps(asdict(_told(server))))
            return
        accept = base64.b64encode(hashlib.sha1(key[1] + _GUID, usedforsecurity=False).digest())
        line.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        name = call[1].decode("ascii", "replace") if call else ""
        if isinstance(line, _Secure):
            server.adopt(-1, line.tls, name)
        else:
            client.setblocking(False)
            server.adopt(client.detach(), None, name)


class _Secure:
    """A client under TLS, as far as hands are shaken with it: as a socket with a time-out."""

    def __init__(self, client: socket.socket, tls: _tones.ServerTls) -> None:
        client.setblocking(False)
        self.tls: TlsSocket = tls.accept(client.fileno())
        client.detach()
        while (state := TlsState[self.tls.handshake().name]) is not TlsState.DONE:
            if state in {TlsState.CLOSED, TlsState.FAILED}:
                raise ConnectionError(self.tls.trouble())
            self._wait()

    def recv(self, _size: int) -> bytes:
        while (data := self.tls.receive()) is None:
            self._wait()
        return data

    def sendall(self, data: bytes) -> None:
        """Send what a socket takes that nothing was sent to yet."""
        if self.tls.send(data) != len(data):
            raise ConnectionError(self.tls.trouble())

    def _wait(self) -> None:
        if not select.select([self.tls.socket], [], [], PATIENCE_S)[0]:
            raise TimeoutError


def _told(server: ToneServer) -> Told:
    calls = server.heard()
    return Told(
        {call: started for call, _, started, _ in calls},
        {call: sounded for call, _, _, sounded in calls},
        {call: origins for call, origins, _, _ in calls},
    )


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m gateway.loadtest.model_server")
    parser.add_argument("listen", metavar="HOST:PORT")
    parser.add_argument("--tls-cert", metavar="FILE")
    parser.add_argument("--tls-key", metavar="FILE")
    options = parser.parse_args()
    host, _, port = options.listen.rpartition(":")
    tls = None
    if options.tls_cert:
        if not hasattr(_tones, "ServerTls"):
            parser.error("--tls-cert: the C++ modules were built without OpenSSL (libssl-dev)")
        tls = _tones.ServerTls(options.tls_cert, options.tls_key)
    serve(host, int(port), tls)


if __name__ == "__main__":
    main()
