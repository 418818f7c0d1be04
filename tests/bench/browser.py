"""How soon a browser's caller hears the agent: `python -m tests.bench.browser [CALLS]`.

aiortc as the browser, everything on this machine, the embedded server's tone as the agent: from ICE and DTLS
that are connected to the first sound in what the browser has received.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from gateway.browser.connection import with_loopback
from tests.equipment.browser_phone import BrowserPhone, calling
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.whole_calls.test_telemetry import api

BAR_MS = 400
SOUND = 200
"""A sample that is none of Opus' own noise."""


async def first_sound(phone: BrowserPhone) -> float:
    """Return how long after the connection the first sound came, in ms."""
    loop = asyncio.get_running_loop()
    await phone.until(lambda: phone.peer.connectionState == "connected", "connected")
    connected = loop.time()
    await phone.until(lambda: np.abs(phone.heard()).max(initial=0) > SOUND, "the agent")
    return (loop.time() - connected) * 1000


async def main(calls: int) -> int:
    """Ring one after the other; return 0 if the median keeps to the bar."""
    with_loopback()
    with tempfile.TemporaryDirectory() as folder, LocalServer() as local:
        env, client = api(Path(folder))
        plans = {"tone": agent("100", local.url, voice="tone-440-2s")}
        with Gateway(plans, "--no-local", env=env) as gateway:
            await gateway.said("api.listening")
            found = []
            async with client:
                for _ in range(calls + 1):
                    async with calling(client, "100") as phone:
                        found.append(await first_sound(phone))
    first, *others = found
    median = statistics.median(others)
    sys.stdout.write(f"first call of a gateway {first:.0f} ms, then {[round(one) for one in others]}\n")
    sys.stdout.write(f"connected to the agent's first sound: median {median:.0f} ms (at most {BAR_MS})\n")
    return 0 if median <= BAR_MS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else 5)))
