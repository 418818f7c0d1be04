"""A real Redis server of one's own, reached by a Unix socket alone; it may stop, hang and come back."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.equipment import patience

PROGRAM = shutil.which("redis-server")


class RedisServer:
    """A server that keeps nothing when it ends."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Run it; returns when it answers."""
        assert PROGRAM is not None
        bare = ("--port", "0", "--save", "", "--appendonly", "no", "--dir", str(self._socket.parent))
        self._process = subprocess.Popen(
            [PROGRAM, "--unixsocket", str(self._socket), *bare],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends = time.monotonic() + patience.seconds(10)
        while not self._answers():
            assert time.monotonic() < ends, "Redis does not answer"
            assert self._process.poll() is None, "Redis ended"

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(0.2)
            try:
                asking.connect(str(self._socket))
                asking.sendall(b"PING\r\n")
                return asking.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def hang(self) -> None:
        """Let it answer nobody, with all connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again, with all that it knew."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Let it lose everything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def running() -> Iterator[RedisServer]:
    """Run a server as long as the block lasts."""
    # A socket's name has 107 bytes, too few for a folder of pytest's.
    with tempfile.TemporaryDirectory(prefix="redis-") as name:
        server = RedisServer(Path(name))
        try:
            yield server
        finally:
            server.stop()
