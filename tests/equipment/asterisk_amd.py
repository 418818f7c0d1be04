"""Asterisk's answering machine detection, `AMD()` as Debian sets it up, on recordings of answered calls.

`tests.equipment.asterisk` installs it. It runs with settings, sockets and folders of its own, opens no port,
and hears each recording over a channel of its own (`Local`), in real time, so many of them at once.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.equipment.asterisk import ROOT
from tests.equipment.tone import Pcm

PLACE = "/tmp/gateway-amd"
AT_ONCE = 35
READY_S, HEARD_WITHIN_S = 60.0, 40.0
MODULES = (
    *("pbx_config", "app_amd", "app_playback", "app_system", "func_strings", "func_logic"),
    *("format_sln", "res_clioriginate", "res_timing_timerfd"),
)
FILES = {
    "asterisk.conf": f"""
[directories]
astetcdir => {PLACE}/etc
astdbdir => {PLACE}/state
astkeydir => {PLACE}/state
astspooldir => {PLACE}/state
astrundir => {PLACE}/state
astlogdir => {PLACE}/state
""",
    "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES),
    "logger.conf": "[logfiles]\nconsole => notice,warning,error\n",
    "extensions.conf": f"""
[says]
exten => _X.,1,Answer()
 same => n,Playback({PLACE}/calls/${{EXTEN}})
 same => n,Wait(5)
[hears]
exten => _X.,1,Answer()
 same => n,Set(BEGAN=${{STRFTIME(,,%s%3q)}})
 same => n,AMD()
 same => n,Set(TOOK=$[${{STRFTIME(,,%s%3q)}} - ${{BEGAN}}])
 same => n,System(echo "${{EXTEN}} ${{AMDSTATUS}} ${{AMDCAUSE}} ${{TOOK}}" >> {PLACE}/found)
 same => n,Hangup()
""",
}


@dataclass(frozen=True, slots=True)
class AmdResult:
    """What AMD() says. `status`: HUMAN, MACHINE, NOTSURE or HANGUP; `after_ms` by Asterisk's clock."""

    status: str
    cause: str
    after_ms: float


class AsteriskAmd:
    """Runs as long as the block."""

    def __init__(self) -> None:
        self._here = ROOT / PLACE.removeprefix("/")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        shutil.rmtree(self._here, ignore_errors=True)
        for folder in ("etc", "state", "calls"):
            (self._here / folder).mkdir(parents=True)
        for name, text in FILES.items():
            (self._here / "etc" / name).write_text(text)
        shutil.copy(ROOT / "usr/share/asterisk/conf/samples/amd.conf.sample", self._here / "etc/amd.conf")
        with (self._here / "console").open("wb") as log:
            self._process = subprocess.Popen(
                self._command("-f"), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until = time.monotonic() + READY_S
        while "fully booted" not in self._asks("core waitfullybooted"):
            if time.monotonic() > until or not self._goes_on(0.5):
                raise AssertionError(f"Asterisk did not start: see {self._here / 'console'}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def hears(self, calls: Mapping[str, Pcm]) -> dict[str, AmdResult]:
        """Have it hear recordings, 8 kHz, named by digits; return what it found, by the same names."""
        for name, pcm in calls.items():
            (self._here / "calls" / f"{name}.sln").write_bytes(pcm.astype("<i2").tobytes())
        names = list(calls)
        for first in range(0, len(names), AT_ONCE):
            some = names[first : first + AT_ONCE]
            for name in some:
                self._asks(f"channel originate Local/{name}@says extension {name}@hears")
            until = time.monotonic() + HEARD_WITHIN_S
            while not set(some) <= self._found().keys() and time.monotonic() < until and self._goes_on(0.5):
                pass
        return self._found()

    def _goes_on(self, seconds: float) -> bool:
        """Wait so long; return whether it still runs then."""
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def _found(self) -> dict[str, AmdResult]:
        file: Path = self._here / "found"
        lines = file.read_text().split("\n")[:-1] if file.exists() else []
        words = [line.split() for line in lines]
        return {one[0]: AmdResult(one[1], " ".join(one[2:-1]), float(one[-1])) for one in words}

    def _command(self, *more: str) -> list[str]:
        return ["chroot", str(ROOT), "/usr/sbin/asterisk", "-C", f"{PLACE}/etc/asterisk.conf", *more]

    def _asks(self, command: str) -> str:
        asked = self._command("-rx", command)
        return subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30).stdout
