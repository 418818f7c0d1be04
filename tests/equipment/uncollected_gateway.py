"""The gateway without a garbage collector: at SIGUSR1 it collects once and says how much there was.

`python -m tests.equipment.uncollected_gateway serve ...` is `gateway serve ...`. What only the collector can
free makes it halt all calls one day; what a call had is to be gone with it. Production code knows
nothing of this.
"""

from __future__ import annotations

import gc
import itertools
import json
import signal
import sys

from gateway.cli import main

times = itertools.count(1)


def _collect(*_: object) -> None:
    told = {"event": "garbage", "time": next(times), "objects": gc.collect()}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    gc.disable()
    signal.signal(signal.SIGUSR1, _collect)
    main()
