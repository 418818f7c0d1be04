"""Setting calls up: SIPp's own figures at a steady rate."""

from __future__ import annotations

import asyncio

from tests.bench.figures import Figure, percentile
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.sipp import runner


async def run(rate: int = 50, seconds: int = 10) -> list[Figure]:
    """Set up so many calls a second, session with the embedded server included, each held for a second."""
    with LocalServer() as server, Gateway({"any": agent("*", server.url)}, "--no-local") as gateway:
        report = await asyncio.to_thread(
            runner.run,
            gateway.sip,
            "setup",
            calls=rate * seconds,
            rate=rate,
            at_once=4 * rate,
            hold_ms=1000,
            bound_seconds=seconds + 30,
        )
    name = f"{rate} calls a second"
    return [
        Figure(name, "calls failed", report.failed, "", 0),
        Figure(name, "SIP retransmissions", report.retransmissions, "", 0),
        Figure(name, "INVITE to 200 p50", percentile(report.rtts.get("answer", []), 50), "ms"),
        Figure(name, "INVITE to 200 p99", percentile(report.rtts.get("answer", []), 99), "ms", 150),
        Figure(name, "BYE to 200 p99", percentile(report.rtts.get("bye", []), 99), "ms"),
    ]
