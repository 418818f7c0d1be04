"""Mutated answers to calls of ours: `python -m tests.proofs.answers [--calls N --seed N]`.

20 000 calls, over UDP and TCP, to somebody who rings, answers, redirects, asks for a password and refuses,
and spoils most of what he says, session descriptions included. Every call ends and leaves nothing, the
process is alive, and whoever answers as he should is talked to. `--short` is the form for `make test`.
"""

from __future__ import annotations

import argparse
import sys

from tests.equipment import alone, ports
from tests.equipment.hostile_callee import HOST, hostile_callee
from tests.equipment.process import Process, python
from tests.proofs import NOT_HERE

CALLS, SHORT = 20_000, 300
A_CALL_S = 0.5
"""Of a run's length for each call at most; a busy machine's."""
HONEST = "agent_hung_up 200"


def prove(calls: int, seed: int) -> int:
    """Return 0 if nothing is broken, or left."""
    port = ports.free_port(HOST)
    uris = [f"sip:{HOST}:{port}", f"sip:{HOST}:{port};transport=tcp"]
    with hostile_callee(port, seed) as callee:
        command = python("-m", "tests.equipment.dialling", *uris, f"--calls={calls}", f"--seed={seed}")
        with Process(command, env={"PYTHONFAULTHANDLER": "1"}) as dialler:
            code = dialler.wait(calls * A_CALL_S + 200)
            told = next(iter(dialler.events("dialled")), {})
            mistakes = [text for text in dialler.text if "Traceback" in text or '"exception"' in text]
        callee.stop()
        asked = next(iter(callee.events("over")), {}).get("asked")
    for what, figure in told.items():
        sys.stdout.write(f"{what:12} {figure}\n")
    sys.stdout.write(f"asked        {asked}\n")
    for text in mistakes[:5]:
        sys.stdout.write(f"    | {text}\n")
    failed = {
        f"ended with {code}": code != 0,
        "calls are left": bool(told.get("left", 1) or told.get("never ended", 1)),
        "who answers as he should is not talked to": told.get("honest") != HONEST,
        "mistakes are logged": bool(mistakes),
        "nobody was answered at all": not told.get("answered"),
    }
    broken = [what for what, is_so in failed.items() if is_so]
    if code != 0:
        sys.stdout.write(f"{dialler.tail(100)}\nseed {seed}\n")
    sys.stdout.write(f"does not hold: {', '.join(broken)}\n" if broken else "holds\n")
    return int(bool(broken))


def main() -> int:
    """Read the command line; prove it where nobody else is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int)
    parser.add_argument("--seed", type=int, default=3261)
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args()
    if why := alone.refusal():
        sys.stdout.write(f"{why}\n")
        return NOT_HERE
    alone.enter()
    return prove(given.calls or (SHORT if given.short else CALLS), given.seed)


if __name__ == "__main__":
    sys.exit(main())
