"""A real rtpengine beside an edge, as `gateway edge` and deploy/kamailio want it."""

from __future__ import annotations

import itertools
import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path

from gateway.node.edge_files import MEDIA, edge_files
from gateway.node.edge_settings import EdgeSettings
from gateway.node.settings import Settings
from tests.equipment import patience, ports
from tests.equipment.process import Process

PROGRAM = shutil.which("rtpengine", path="/usr/sbin:/usr/bin:/sbin")
MISSING = "there is no rtpengine: apt-get install rtpengine-daemon"


class Rtpengine(Process):
    """Relays audio between 127.0.0.2, where callers send, and 127.0.0.3, where gateways do; ready when made.

    `section` is what `edge.rtpengine` has to say.
    """

    PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.3"

    def __init__(self, *, learn_source: bool = False, section: dict[str, object] | None = None) -> None:
        assert PROGRAM is not None
        if section is None:
            low, high = ports.free_range(80, self.PUBLIC)
            section = {"public": self.PUBLIC, "private": self.PRIVATE, "ports": f"{low}-{high}"}
            section["control"] = [f"127.0.0.1:{ports.free_port()}"]
        self.section = section
        self._numbers = itertools.count(1)
        edge = EdgeSettings.model_validate({"rtpengine": section})
        assert edge.rtpengine is not None
        self.ports = edge.rtpengine.ports
        host, port = edge.rtpengine.control[0].rsplit(":", 1)
        self._control = (host, int(port))
        self.folder = tempfile.TemporaryDirectory(prefix="rtpengine-")
        file = Path(self.folder.name) / MEDIA
        files = edge_files(Settings(learn_source=learn_source), edge, file.parent)
        file.write_text(files[MEDIA], encoding="utf-8")
        super().__init__([PROGRAM, f"--config-file={file}", "--foreground", "--log-stderr"])
        ends = time.monotonic() + patience.seconds(10)
        while self._asked(b"d7:command4:pinge") is None:
            if time.monotonic() > ends or not self.running:
                self.stop()
                raise AssertionError(f"rtpengine does not answer\n{self.tail()}")

    def again(self) -> Rtpengine:
        """Return another one in its place, after it has ended."""
        return Rtpengine(section=self.section)

    def listed(self) -> list[str]:
        """Return the Call-IDs of the calls that it knows."""
        answered = self._asked(b"d7:command4:liste")
        assert answered is not None, "rtpengine does not answer"
        return _texts(answered.split(b"5:callsl", 1)[1])

    def forget(self, call_id: str) -> None:
        """End a call there, as if it had never been."""
        asked = self._asked(b"d7:call-id%d:%b7:command6:deletee" % (len(call_id), call_id.encode()))
        assert asked is not None, "rtpengine does not answer"
        assert self.listed() == []

    def _asked(self, command: bytes) -> bytes | None:
        """Ask by its control protocol (bencode behind a cookie); nothing if it does not answer."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.settimeout(0.3)
            try:
                own.connect(self._control)
                own.send(b"%d " % next(self._numbers) + command)
                return own.recv(65536)
            except OSError:
                threading.Event().wait(0.05)
                return None

    def stop(self, *arguments: object, **more: object) -> int:
        """Send SIGTERM and wait for the end."""
        try:
            return super().stop(*arguments, **more)  # type: ignore[arg-type]
        finally:
            self.folder.cleanup()


def _texts(data: bytes) -> list[str]:
    """Return the texts of a bencoded list, whose `l` was read."""
    found = []
    while not data.startswith(b"e"):
        length, rest = data.split(b":", 1)
        found.append(rest[: int(length)].decode())
        data = rest[int(length) :]
    return found
