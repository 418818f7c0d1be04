"""baresip of Debian as a softphone: registers, rings, is rung, holds; what it hears is kept in a file.

It says a tone all the time, and is told what to do over a socket of its own (ctrl_tcp).
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import wave
from pathlib import Path
from typing import Self

import numpy as np

from tests.equipment import ports, tone
from tests.equipment.certificates import Authority
from tests.equipment.tone import Pcm

PROGRAM = "/usr/bin/baresip"
RATE = 8000
HERTZ = 1000
READY_S = 20.0

CONFIG = """
sip_listen {host}:{port}
{tls}
call_local_timeout 120
call_max_calls 4
audio_player aubridge,nil
audio_source aufile,{folder}/says.wav
audio_alert aufile,{folder}/says.wav
audio_level no
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 1
auplay_channels 1
rtp_ports {low}-{high}
net_interface {host}
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module dtls_srtp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
snd_path {folder}
ctrl_tcp_listen 127.0.0.1:{control}
"""


def missing() -> str:
    """Return why there is none here; "" if there is."""
    return "" if Path(PROGRAM).exists() else "baresip is not installed: apt-get install baresip-core"


class Baresip:
    """Runs as long as the block. `account` is a line as its `accounts` has it."""

    def __init__(self, account: str, *, host: str = "127.0.0.1", authority: Authority | None = None) -> None:
        self.port, self._control = ports.free_port(host), ports.free_port()
        low, high = ports.free_range(40, host)
        self._folder = tempfile.TemporaryDirectory(prefix="baresip-")
        folder = Path(self._folder.name)
        names = {"host": host, "port": self.port, "folder": folder, "rate": RATE, "low": low, "high": high}
        tls = ""
        if authority:  # it is called by its address too: as a server it shows a certificate
            us = authority.gives("baresip")
            (folder / "us.pem").write_bytes(us.certificate.read_bytes() + us.key.read_bytes())
            tls = f"sip_cafile {authority.file}\nsip_certificate {folder}/us.pem"
        modules = next(Path("/usr/lib").glob("**/baresip/modules"), Path("/usr/lib/baresip/modules"))
        (folder / "config").write_text(
            CONFIG.format(control=self._control, tls=tls, modules=modules, **names)
        )
        (folder / "accounts").write_text(account.format(port=self.port) + "\n")
        (folder / "contacts").write_text("")
        with wave.open(str(folder / "says.wav"), "wb") as said:
            said.setnchannels(1)
            said.setsampwidth(2)
            said.setframerate(RATE)
            said.writeframes(tone.sine(HERTZ, 60_000).tobytes())
        self.folder = folder

    def __enter__(self) -> Self:
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-f", str(self.folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until = time.monotonic() + READY_S
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", self._control), 1)
                break
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise AssertionError(f"baresip did not start:\n{self.said()}") from None
                threading.Event().wait(0.1)
        self._socket.settimeout(10)
        self._read = b""
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder.name, ignore_errors=True)

    def said(self) -> str:
        """Return what it has written."""
        return (self.folder / "log").read_text(errors="replace")

    def registered(self) -> None:
        """Wait until it is: REGISTER_OK may come before anybody can be told of it."""
        until = time.monotonic() + READY_S
        while "200 OK" not in self.said():
            assert time.monotonic() < until, f"baresip has not registered:\n{self.said()[-2000:]}"
            threading.Event().wait(0.1)

    def does(self, command: str, params: str = "") -> None:
        """Have it do something: dial, accept, hangup, hold, resume."""
        told = json.dumps({"command": command, "params": params, "token": "x"}).encode()
        self._socket.sendall(b"%d:%s," % (len(told), told))

    def event(self, *kinds: str, seconds: float = 15) -> str:
        """Wait for one of these events, such as REGISTER_OK or CALL_ESTABLISHED; return which it was."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            size, colon, rest = self._read.partition(b":")
            if colon and len(rest) > int(size):
                told, self._read = json.loads(rest[: int(size)]), rest[int(size) + 1 :]
                if told.get("event") and told.get("type") in kinds:
                    return str(told["type"])
                continue
            self._socket.settimeout(max(0.1, until - time.monotonic()))
            try:
                piece = self._socket.recv(65536)
            except TimeoutError:
                continue
            if not piece:
                break
            self._read += piece
        raise AssertionError(f"no {' or '.join(kinds)} of baresip\n{self.said()[-2000:]}")

    def heard(self) -> Pcm:
        """Return what it has heard in its last call."""
        files = sorted(self.folder.glob("dump-*-dec.wav"), key=lambda one: one.stat().st_mtime)
        if not files or files[-1].stat().st_size <= 44:
            return np.zeros(0, np.int16)
        data = files[-1].read_bytes()  # its header may not be finished
        return np.frombuffer(data[44 : 44 + (len(data) - 44) // 2 * 2], "<i2")
