"""Calls over TLS that are set up fast: `python -m tests.proofs.tls [SECONDS]`.

Fifty calls a second, each over a connection of its own, for so long (10 s), by turns with as many over UDP:
from the first byte to 200 OK. The 99th of a hundred may take twice as long as over UDP.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.equipment import ports
from tests.equipment.certificates import Authority
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

A_SECOND = 50
SECONDS = 10.0
TURNS = 3
MOST = 2.0


async def set_up(place: tuple[str, int], pump: Pump, transport: str, context: ssl.SSLContext | None) -> float:
    """Call, and hang up when answered; return how long the answer took, in ms."""
    began = time.monotonic()
    async with Phone(place, pump, transport=transport, tls=context) as phone:
        call = phone.call("100")
        await call.answered(20)
        took = (time.monotonic() - began) * 1000
        await call.hang_up()
    return took


async def measure(
    place: tuple[str, int], pump: Pump, transport: str, context: ssl.SSLContext | None, seconds: float
) -> float:
    """Return the 99th of a hundred set-ups, in ms."""
    took: list[float] = []

    async def one() -> None:
        took.append(await set_up(place, pump, transport, context))

    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for number in range(round(seconds * A_SECOND)):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
            tasks.create_task(one())
    p99 = float(np.percentile(took, 99))
    sys.stdout.write(
        f"{transport}: {len(took)} set-ups, median {np.median(took):.1f} ms, 99 of 100 in {p99:.1f} ms\n"
    )
    sys.stdout.flush()
    return p99


async def main() -> int:
    """Return 0 if TLS is fast enough."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as temporary, LocalServer() as server, Pump() as pump:
        authority = Authority(Path(temporary))
        us, port = authority.gives("gateway"), ports.free_port()
        context = ssl.create_default_context(cafile=str(authority.file))
        env = {
            "GATEWAY_TLS__CERTIFICATE": str(us.certificate),
            "GATEWAY_TLS__KEY": str(us.key),
            "GATEWAY_LIMITS__SOURCES__EXEMPT": '["127.0.0.0/8"]',
        }
        plans = {"tone": agent("100", server.url, answer={"when": "at_once"})}
        with Gateway(plans, "--no-local", "--tls", f"127.0.0.1:{port}", env=env) as gateway:
            ratios = []
            for _ in range(TURNS):
                udp = await measure(gateway.sip, pump, "udp", None, seconds / TURNS)
                await asyncio.sleep(2)
                tls = await measure(("127.0.0.1", port), pump, "tls", context, seconds / TURNS)
                await asyncio.sleep(2)
                ratios.append(tls / udp)
    sys.stdout.write(f"TLS takes {np.median(ratios):.2f} times as long, at most {MOST}\n")
    return int(float(np.median(ratios)) > MOST)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
