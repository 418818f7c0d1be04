"""SIPp as the caller of a load test: its command, and what it counts while it runs.

SIPp 3.6.1 can die of a segmentation fault by itself: that is the generator's fault (`GeneratorCrashed`),
never the gateway's.
"""

from __future__ import annotations

import csv
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import BadInput
from gateway.loadtest.caller_audio import SCENARIOS
from gateway.loadtest.processes import Program, ProgramFailed
from gateway.loadtest.settings import LoadSettings

GRACE_S = 40.0
"""Seconds after which SIPp gives up on what is left: longer than any SIP timer (32 s, RFC 3261 17.1.1.2)."""
LOOPBACK = "127.0.0.1"


class GeneratorCrashed(ProgramFailed):
    """SIPp died of a signal: there is no result."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What SIPp has counted so far."""

    made: int = 0
    up: int = 0
    successful: int = 0
    failed: int = 0
    retransmissions: int = 0


def check() -> None:
    """Raise BadInput where there is no SIPp."""
    if shutil.which("sipp") is None:
        raise BadInput("load test", "sipp", "not found", "install it: apt-get install sip-tester")


class Sipp(Program):
    """One run of a scenario; ends by itself."""

    def __init__(
        self,
        settings: LoadSettings,
        target: tuple[str, int],
        calls: int,
        folder: Path,
        port: int,
        media_port: int,
    ) -> None:
        scenario = settings.behaviour
        hold = (
            (settings.hold or scenario.hold_s)
            if scenario.short
            else settings.duration + calls / settings.rate
        )
        self.total = round(settings.rate * settings.duration) if scenario.short else calls
        self.seconds = self.total / settings.rate + (hold if not scenario.short else 20)
        """How long it should take at most."""
        self._stat = folder / "sipp.csv"
        command = ["sipp", f"{target[0]}:{target[1]}", "-i", LOOPBACK, "-mi", LOOPBACK, "-p", str(port)]
        command += ["-sf", str(SCENARIOS / f"{scenario.name}.xml"), "-s", settings.number, "-nostdin", "-aa"]
        command += [
            "-m",
            str(self.total),
            "-l",
            str(calls),
            "-r",
            f"{settings.rate:g}",
            "-d",
            f"{hold * 1000:.0f}",
        ]
        command += ["-mp", str(media_port)]
        command += ["-timeout", f"{self.seconds + GRACE_S:.0f}s", "-timeout_error"]
        command += ["-trace_stat", "-fd", "1", "-stf", str(self._stat)]
        command += ["-trace_err", "-error_file", str(folder / "sipp-errors.log")]
        super().__init__("sipp", command, folder, cwd=folder)

    def counts(self) -> Counts:
        """What it has counted until a second ago."""
        try:
            with self._stat.open(encoding="utf-8") as file:
                rows = [row for row in csv.DictReader(file, delimiter=";") if row.get("Retransmissions(C)")]
        except FileNotFoundError:
            rows = []
        if not rows:
            return Counts()
        last = rows[-1]
        return Counts(
            int(last["TotalCallCreated"]),
            int(last["CurrentCall"]),
            int(last["SuccessfulCall(C)"]),
            int(last["FailedCall(C)"]),
            int(last["Retransmissions(C)"]),
        )

    def finish(self) -> Counts:
        """Take its last counts; raises GeneratorCrashed if it died of a signal that nobody sent."""
        code = self.ended()
        if code is not None and code < 0:
            raise GeneratorCrashed(f"{' '.join(self.command)}: {signal.Signals(-code).name}")
        counts = self.counts()
        if not counts.made:
            raise ProgramFailed(f"{' '.join(self.command)} made no calls:\n{self.tail()}")
        return counts
