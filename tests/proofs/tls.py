"""Calls over TLS that are set up fast: `python -m tests.proofs.tls [SECONDS]`.

Fifty calls a second, for so long (25 s), in turns: over UDP; over one TLS connection that is kept, as between
a carrier's edge and a gateway; and each over a TLS connection of its own, handshake included, as of phones
that were all switched on a moment ago. From the first byte to 200 OK: the 99th of a hundred may take twice
as long over TLS, either way, as over UDP.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from tests.equipment import ports
from tests.equipment.certificates import Authority
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

A_SECOND = 50
SECONDS = 25.0
TURNS = 5
REST_S = 1.5
"""Between two turns: the last calls of one are over before the next."""
MOST = 2.0

Opened = Callable[[], contextlib.AbstractAsyncContextManager[Phone]]
"""Makes a phone; or lends the one that all calls of a turn are of."""


async def set_up(opened: Opened) -> float:
    """Call, and hang up when answered; return how long the answer took, in ms."""
    began = time.monotonic()
    async with opened() as phone:
        call = phone.call("100")
        await call.answered(20)
        took = (time.monotonic() - began) * 1000
        await call.hang_up()
    return took


async def measure(kind: str, opened: Opened, seconds: float) -> float:
    """Return the 99th of a hundred set-ups, in ms."""
    took: list[float] = []

    async def one() -> None:
        took.append(await set_up(opened))

    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for number in range(round(seconds * A_SECOND)):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
            tasks.create_task(one())
    p99 = float(np.percentile(took, 99))
    sys.stdout.write(
        f"{kind:20} {len(took)} set-ups, median {np.median(took):.1f} ms, 99 of 100 in {p99:.1f} ms\n"
    )
    sys.stdout.flush()
    await asyncio.sleep(REST_S)
    return p99


async def in_turns(
    udp: Callable[[], Phone], tls: Callable[[], Phone], seconds: float
) -> dict[str, list[float]]:
    """Return of each way how many times as long it took as UDP beside it."""

    async def kept(seconds: float) -> float:
        async with tls() as phone:
            return await measure("tls, kept", lambda: contextlib.nullcontext(phone), seconds)

    ways: dict[str, Callable[[float], Awaitable[float]]] = {
        "a connection that is kept": kept,
        "a connection for each call": lambda seconds: measure("tls, one a call", tls, seconds),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(TURNS):
        plain = await measure("udp", udp, seconds / TURNS)
        for way, measured in ways.items():
            times[way].append(await measured(seconds / TURNS) / plain)
    return times


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
            times = await in_turns(
                lambda: Phone(gateway.sip, pump),
                lambda: Phone(("127.0.0.1", port), pump, transport="tls", tls=context),
                seconds,
            )
    medians = {way: statistics.median(each) for way, each in times.items()}
    for way, median in medians.items():
        sys.stdout.write(f"TLS over {way} takes {median:.2f} times as long, at most {MOST}\n")
    return int(max(medians.values()) > MOST)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
