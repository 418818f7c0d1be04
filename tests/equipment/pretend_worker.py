"""A worker without calls: `python -m tests.equipment.pretend_worker FILE [HABIT]`.

It adds its pid to FILE, says that it is ready and that it lives, and ends when it is told to, or when its
supervisor is gone. Habits: `dies` soon after it was ready, `never` becomes ready, `fails` at once, `deaf`
gives no sign of life, `slow` takes a second to end, `stays` much longer.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path

from gateway.node.service_manager import ServiceManager

ALIVE_EVERY_S = 0.05


def main(file: Path, habit: str) -> int:
    """Run until told to end."""
    with file.open("a", encoding="ascii") as out:
        out.write(f"{os.getpid()}\n")
    supervisor, told, out_of_band = ServiceManager(), [], os.pipe()
    os.set_blocking(out_of_band[1], False)
    signal.set_wakeup_fd(out_of_band[1], warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: told.append(number))
    if habit != "never":
        supervisor.ready("here")
    beats = 0
    while signal.SIGTERM not in told:
        ready, _, _ = select.select([0, out_of_band[0]], [], [], ALIVE_EVERY_S)
        if 0 in ready:
            return 0
        if ready:
            os.read(out_of_band[0], 64)
        if signal.SIGHUP in told:
            told.clear()
            supervisor.tell("STATUS=read again")
        if habit != "deaf":
            supervisor.tell("WATCHDOG=1")
        beats += 1
        if habit == "dies" and beats > 2:
            return 4
    supervisor.stopping(1)
    if habit in {"slow", "stays"}:
        select.select([0], [], [], 1.0 if habit == "slow" else 60.0)
    return 0


if __name__ == "__main__":
    own_habit = sys.argv[2] if len(sys.argv) > 2 else ""
    sys.exit(3 if own_habit == "fails" else main(Path(sys.argv[1]), own_habit))
