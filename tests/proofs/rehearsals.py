"""All rehearsals of the recipes and of the shipped plans: `python -m tests.proofs.rehearsals [--runs N]`.

Twenty times, one after the other: each run within a minute, and none fails. Then a plan that was broken on
purpose: its rehearsal says what was heard instead, and leaves a recording and a picture. Last, calls that a
gateway keeps in its records: a rehearsal made of each passes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gateway.errors import SpeechError
from gateway.local.engines import tts
from tests.equipment.process import ROOT
from tests.equipment.programs import Gateway
from tests.proofs import NOT_HERE

RUNS = 20
WITHIN_S = 60.0
CORES = 2
RECIPE = ROOT / "docs" / "recipes" / "after-hours"
LONGEST_S = 600
AT_ONCE = 16
ALL = (ROOT / "docs" / "recipes", ROOT / "dialplans")
CALLS = """
plans: .
rehearsals:
  asks, interrupts and says goodbye:
    call: {to: assistant, from: "+15559990001"}
    steps:
      - heard: help
      - say: What are your opening hours?
      - {say: "Stop. What is twelve times four?", interrupt: 1200ms}
      - say: Thank you, goodbye.
  says nothing for a while, then hangs up:
    call: {to: assistant, from: "+15559990002"}
    steps:
      - heard: help
      - say: What is twelve times four?
      - wait: 8s
      - say: Where are you located?
  answers with keys:
    call: {to: "+15551230020", from: "+15559990003"}
    steps: [{heard: good}, {press: "1", heard: recommend}, {press: "2", heard: thank you}]
  is refused:
    call: {to: "+15551241234", from: "+15559990004"}
"""
"""Calls that are rung first, and of which rehearsals are made."""
PLANS = ("dialplans", "docs/recipes/survey", "docs/recipes/redirect")


def _rehearse(*arguments: str | Path) -> tuple[int, str, float]:
    """Rehearse on two cores; return the exit code, what was told, and how long it took."""
    command = [sys.executable, "-m", "gateway", "rehearse", *map(str, arguments)]
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    began = time.monotonic()
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - began


def prove(runs: int) -> int:
    """Print each run; return 0 if all hold."""
    failed, longest = 0, 0.0
    with tempfile.TemporaryDirectory() as name:
        kept = Path(name, "failures")
        for number in range(runs):
            code, told, seconds = _rehearse(*ALL, "--at-once", str(AT_ONCE), "--keep", kept)
            if code:
                failed += 1
                sys.stdout.write(told)
            longest = max(longest, seconds)
            sys.stdout.write(f"run {number + 1:2}: {seconds:5.1f} s\n")
            sys.stdout.flush()
        broken = _broken(Path(name))
        recorded = _recorded(Path(name, "recorded"))
    sys.stdout.write(f"{runs} runs, {failed} with a failure, the longest {longest:.1f} s\n")
    holds = not failed and longest <= WITHIN_S and broken and recorded
    sys.stdout.write("holds\n" if holds else "does not hold\n")
    return int(not holds)


def _broken(folder: Path) -> bool:
    """Break a plan; return whether its rehearsal tells what was heard instead, and keeps the call."""
    plans = folder / "broken"
    shutil.copytree(RECIPE, plans)
    closed = plans / "after-hours.yaml"
    closed.write_text(
        closed.read_text(encoding="utf-8").replace("Monday to Friday", "on Sundays"), encoding="utf-8"
    )
    code, told, _ = _rehearse(plans, "--keep", folder / "kept")
    sys.stdout.write(told)
    kept = sorted(path.suffix for path in (folder / "kept").glob("*"))
    return code == 1 and "✗ heard 'monday to friday'  heard: " in told and kept == [".png", ".wav"]


def _recorded(folder: Path) -> bool:
    """Ring a gateway that keeps records, make a rehearsal of each call; return whether all of them pass."""
    folder.mkdir()
    for place in PLANS:
        for plan in (ROOT / place).glob("*.yaml"):
            shutil.copy(plan, folder)
    calls = folder.with_name("calls.yaml")
    calls.write_text(CALLS.replace("plans: .", f"plans: {folder}"), encoding="utf-8")
    gateway = Gateway(
        {}, "--dialplans", str(folder), env={"GATEWAY_RECORDS__TRANSCRIPT": "true"}, rtp_ports=20
    )
    try:
        _rehearse(calls, "--to", f"{gateway.sip[0]}:{gateway.sip[1]}")
        records = [record for record in gateway.records() if not record.open]
        for record in records:
            made = folder / "rehearsals" / f"{record.call}.yaml"
            _rehearse(made, "--record", record.call, "--database", str(gateway.database))
    finally:
        gateway.stop()
    code, told, _ = _rehearse(folder, "--all")
    sys.stdout.write(told)
    return code == 0 and len(records) == CALLS.count("call:") == told.count("\n✓ ") + told.startswith("✓ ")


def main() -> int:
    """Read the command line; prove it where there are voices."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    try:
        tts.synthesiser()
    except SpeechError as error:
        sys.stdout.write(f"{error}\n")
        return NOT_HERE
    return prove(options.runs)


if __name__ == "__main__":
    sys.exit(main())
