"""The gateway with a thread that never rests beside it, holding the interpreter's lock whenever it can.

`python -m tests.bench.busy_gateway serve ...` is `gateway serve ...`: what a heavy tool, a big JSON or a
careless plug-in does to a call must not be heard. Production code knows nothing of this.
"""

from __future__ import annotations

import threading

from gateway.cli import main


def _spin() -> None:
    number = 0
    while True:
        number = (number * 1103515245 + 12345) % 2147483648


if __name__ == "__main__":
    threading.Thread(target=_spin, name="busy", daemon=True).start()
    main()
