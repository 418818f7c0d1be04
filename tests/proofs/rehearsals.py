"""All rehearsals of the recipes and of the shipped plans: `python -m tests.proofs.rehearsals [--runs N]`.

Twenty times, one after the other: each run within a minute, and none fails. Then a plan that was broken on
purpose: its rehearsal says what was heard instead, and leaves a recording and a picture.
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
from tests.proofs import NOT_HERE

RUNS = 20
WITHIN_S = 60.0
CORES = 2
RECIPE = ROOT / "docs" / "recipes" / "after-hours"
LONGEST_S = 600


def _rehearse(place: Path, *options: str) -> tuple[int, str, float]:
    """Rehearse on two cores; return the exit code, what was told, and how long it took."""
    command = [sys.executable, "-m", "gateway", "rehearse", str(place), *options]
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
            seconds = 0.0
            for place in (ROOT / "docs" / "recipes", ROOT / "dialplans"):
                code, told, took = _rehearse(place, "--at-once", "6", "--keep", str(kept))
                seconds += took
                if code:
                    failed += 1
                    sys.stdout.write(told)
            longest = max(longest, seconds)
            sys.stdout.write(f"run {number + 1:2}: {seconds:5.1f} s\n")
            sys.stdout.flush()
        broken = _broken(Path(name))
    sys.stdout.write(f"{runs} runs, {failed} with a failure, the longest {longest:.1f} s\n")
    holds = not failed and longest <= WITHIN_S and broken
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
    code, told, _ = _rehearse(plans, "--keep", str(folder / "kept"))
    sys.stdout.write(told)
    kept = sorted(path.suffix for path in (folder / "kept").glob("*"))
    return code == 1 and "✗ heard 'monday to friday'  heard: " in told and kept == [".png", ".wav"]


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
