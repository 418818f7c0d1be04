"""Run SIPp against somebody: bounded in calls, rate and time, on the loopback; read what it counted.

SIPp 3.6.1 can die of a segmentation fault by itself. That is the generator's fault and says nothing about
the far end, so it is an exception of its own (`GeneratorCrashed`), never a failed call.
"""

from __future__ import annotations

import csv
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.equipment.process import ROOT, Process

HERE = Path(__file__).parent


class GeneratorCrashed(Exception):
    """SIPp itself died of a signal: no result."""


@dataclass(frozen=True)
class Report:
    """What SIPp counted in one run."""

    created: int
    successful: int
    failed: int
    retransmissions: int
    failures: dict[str, int]
    """Failed calls by SIPp's reason, those that happened."""
    rtts: dict[str, list[float]]
    """Milliseconds of every measured exchange by name: ringing, answer (INVITE to 200), bye."""
    exit_code: int
    errors: str
    """The end of SIPp's error log: the unexpected messages."""

    @property
    def clean(self) -> bool:
        """True when every call was made and none failed or was sent twice."""
        return self.exit_code == 0 and self.failed == 0 and self.retransmissions == 0


def available() -> bool:
    """Return whether SIPp is installed (Debian: sip-tester)."""
    return shutil.which("sipp") is not None


def run(
    target: tuple[str, int],
    scenario: str,
    *,
    calls: int = 1,
    rate: float = 10,
    at_once: int = 100,
    hold_ms: int = 1000,
    bound_seconds: float = 60,
    number: str = "100",
    transport: str = "udp",
    more: tuple[str, ...] = (),
) -> Report:
    """Run a scenario of this folder, or SIPp's own `uac`; raises GeneratorCrashed if SIPp dies."""
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        own = HERE / f"{scenario}.xml"
        command = ["sipp", f"{target[0]}:{target[1]}", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin"]
        command += ["-sf", str(own)] if own.exists() else ["-sn", scenario]
        command += ["-s", number, "-m", str(calls), "-r", f"{rate:g}", "-l", str(at_once), "-d", str(hold_ms)]
        command += ["-t", "t1" if transport == "tcp" else "u1", "-aa"]
        command += ["-timeout", f"{bound_seconds:g}s", "-timeout_error"]
        command += ["-trace_stat", "-fd", "1", "-stf", f"{folder}/stat.csv"]
        command += ["-trace_err", "-error_file", f"{folder}/errors.log"]
        command += ["-trace_rtt", "-rtt_freq", "1", *more]
        with Process(command, env={"TERM": "dumb"}) as program:
            try:
                code = program.wait(bound_seconds + 20)
            finally:
                traces = list(ROOT.glob(f"*_{program.pid}_rtt.csv"))  # SIPp takes no name for this one
                rtts = _rtts(traces[0]) if traces else {}
                for trace in traces:
                    trace.unlink()
        if code < 0:
            raise GeneratorCrashed(f"{' '.join(command)}: {signal.Signals(-code).name}")
        return _report(Path(folder), code, rtts)


def _report(folder: Path, code: int, rtts: dict[str, list[float]]) -> Report:
    with (folder / "stat.csv").open(encoding="utf-8") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    errors = folder / "errors.log"
    failures = {
        name.removeprefix("Failed").removesuffix("(C)"): int(value)
        for name, value in last.items()
        if name
        and name.startswith("Failed")
        and name.endswith("(C)")
        and name != "FailedCall(C)"
        and int(value)
    }
    return Report(
        created=int(last["TotalCallCreated"]),
        successful=int(last["SuccessfulCall(C)"]),
        failed=int(last["FailedCall(C)"]),
        retransmissions=int(last["Retransmissions(C)"]),
        failures=failures,
        rtts=rtts,
        exit_code=code,
        errors=errors.read_text(encoding="utf-8", errors="replace")[-4000:] if errors.exists() else "",
    )


def _rtts(trace: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    with trace.open(encoding="utf-8") as file:
        for row in csv.reader(file, delimiter=";"):
            if len(row) >= 3 and row[1].replace(".", "", 1).isdigit():
                found.setdefault(row[2], []).append(float(row[1]))
    return found
