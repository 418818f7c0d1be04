"""Short calls, one after the other, end no gateway: `python -m tests.proofs.short_calls [SECONDS [CALLERS]]`.

CALLERS (3) phones ring for SECONDS (60), and hang up within 0.3 s, most of them at once. The gateway has to
answer each of them, but for those that come while all its lines are taken, and to be there at the end. It is
the mode of the interpreter that it runs in: portable mode died of this after a hundred calls.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter

from gateway.media.plane import native_available
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

SECONDS, CALLERS = 60, 3
TALKS_S = (0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3)


async def ring(gateway: Gateway, pump: Pump, until: float, found: Counter[str]) -> None:
    """Call until the time is over."""
    while time.monotonic() < until and gateway.running:
        async with Phone(gateway.sip, pump) as phone:
            call = phone.call(random.choice(("100", "101")))
            try:
                await call.answered()
            except Rejected as refused:
                found[f"refused with {refused.status}"] += 1
                continue
            await asyncio.sleep(random.choice(TALKS_S))
            await call.hang_up()
            found["answered"] += 1


async def main(seconds: float, callers: int) -> int:
    """Return 0 if the gateway outlived them all."""
    found: Counter[str] = Counter()
    with LocalServer("tone") as server, Pump() as pump:
        plans = {
            "a": agent("100", server.url, answer={"speaks_first": "agent"}),
            "b": agent("101", server.url, answer={"speaks_first": "caller"}),
        }
        exempt = {"GATEWAY_LIMITS__SOURCES__EXEMPT": '["127.0.0.1"]'}
        with Gateway(plans, "--no-local", env=exempt) as gateway:
            until = time.monotonic() + seconds
            try:
                async with asyncio.TaskGroup() as tasks:
                    for _ in range(callers):
                        tasks.create_task(ring(gateway, pump, until, found))
            except* TimeoutError:
                found["never answered"] += 1
            lives = gateway.running
            if not lives or found["never answered"]:
                sys.stdout.write(gateway.tail())
    mode = "native" if native_available() else "portable"
    sys.stdout.write(f"{mode}: {dict(found)}, the gateway {'lives' if lives else 'DIED'}\n")
    return 0 if lives and found["answered"] and not found["never answered"] else 1


if __name__ == "__main__":
    given = [float(one) for one in sys.argv[1:]]
    wanted = given + [SECONDS, CALLERS][len(given) :]
    sys.exit(asyncio.run(main(wanted[0], int(wanted[1]))))
