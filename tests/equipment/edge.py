"""A real Kamailio before gateways, as `gateway edge` and deploy/kamailio want it."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from gateway.node.edge_files import MAIN, ROUTES, edge_files
from gateway.node.edge_settings import EdgeSettings
from gateway.node.settings import Settings
from tests.equipment import patience
from tests.equipment.process import ROOT, Process

PROGRAM = shutil.which("kamailio", path="/usr/sbin:/usr/bin:/sbin")
SPEAKS_TLS = any(Path("/usr/lib").glob("*/kamailio/modules/tls.so"))
OPTIONS = (
    "OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bKalive\r\n"
    "Max-Forwards: 5\r\nFrom: <sip:t@t>;tag=a\r\nTo: <sip:127.0.0.1:{port}>\r\nCall-ID: alive@test\r\n"
    "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


class Kamailio(Process):
    """An edge that listens at `port`; ready when made. `settings` are those of the gateways behind it."""

    def __init__(self, settings: Settings, port: int, **edge: object) -> None:
        assert PROGRAM is not None
        self.folder = tempfile.TemporaryDirectory(prefix="edge-")
        self.sip = ("127.0.0.1", port)
        folder = Path(self.folder.name)
        told = EdgeSettings.model_validate({"listen": f"127.0.0.1:{port}"} | edge)
        for name, text in edge_files(settings, told, folder).items():
            (folder / name).write_text(text, encoding="utf-8")
        shutil.copy(ROOT / "deploy" / "kamailio" / ROUTES, folder)
        memory = ("-m", "64", "-M", "8", "-n", "2", "-N", "1")
        super().__init__(
            [PROGRAM, "-DD", "-E", *memory, "-Y", str(folder), "-w", str(folder), "-f", str(folder / MAIN)]
        )
        try:
            self._reached()
        except BaseException:
            self.stop()
            raise

    def _reached(self) -> None:
        """Wait until it answers OPTIONS with 200: it knows a gateway that does."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.bind(("127.0.0.1", 0))
            own.settimeout(0.2)
            asked = OPTIONS.format(port=self.sip[1], own=own.getsockname()[1]).encode()
            for _ in range(100):
                own.sendto(asked, self.sip)
                with suppress(TimeoutError):
                    if own.recv(4096).startswith(b"SIP/2.0 200"):
                        return
                threading.Event().wait(patience.seconds(0.1))
        raise AssertionError(f"the edge does not answer\n{self.tail()}")

    def stop(self, *arguments: object, **more: object) -> int:
        """Send SIGTERM and wait for the end."""
        try:
            return super().stop(*arguments, **more)  # type: ignore[arg-type]
        finally:
            self.folder.cleanup()
