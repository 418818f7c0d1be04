"""Floods of INVITEs beside twenty calls, from one source, then from many: `python -m tests.proofs.flood`.

2 000 a second for 20 s each, none acknowledged. Twenty agents talk without a pause meanwhile, and somebody
else makes an honest call every second, from an address that is known by then. Forty seconds after each flood
everything is as it was.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field

import numpy as np

from tests.equipment.flood import flooding
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump, is_loud

RATE = 2000
SECONDS = 20
CALLS = 20
REST_S = 40
FLOODER, HONEST = "127.0.0.66", "127.0.0.2"

MOST_SILENT = 0.005
"""Of an agent's frames; a frame at each end of the time that is looked at may be missing."""
MOST_GAP_MS = 100
MOST_P99_MS = 25
MOST_SETUP_S = {1: 1.0, 500: 3.0}
MOST_MB = {1: 60, 500: 120}
"""More than before, by the number of sources: strangers may have four times as many calls as one of them, all
in the first second."""
MOST_LEFT_MB = 20
MOST_LINES_A_SECOND = 1.0
"""About the flood; a call that is let in has its own, as always."""


@dataclass
class Seen:
    """What was measured during a flood."""

    set_ups: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    peak_kb: int = 0


async def honest_calls(phone: Phone, seconds: float, seen: Seen) -> None:
    """Call every second, and hang up when answered."""
    until = time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        call = phone.call("100")
        try:
            await call.answered(20)
            seen.set_ups.append(time.monotonic() - began)
            await call.hang_up()
        except (Rejected, TimeoutError) as error:
            seen.refused.append(repr(error))
        await asyncio.sleep(max(0.0, began + 1 - time.monotonic()))


async def watch(gateway: Gateway, seen: Seen, until: asyncio.Event) -> None:
    """Keep the highest memory."""
    while not until.is_set():
        seen.peak_kb = max(seen.peak_kb, gateway.rss_kb())
        await asyncio.sleep(0.5)


def sound(calls: list[Call], began: int, ended: int) -> tuple[float, float, float]:
    """Return the largest share of frames that an agent was silent, the longest gap, and 99 of 100, in ms."""
    silent, gap = 0.0, 0.0
    all_gaps: list[np.ndarray] = []
    for call in calls:
        packets = [packet for packet in call.media.audio() if began <= packet.at <= ended]
        expected = (ended - began) / MS / 20
        silent = max(silent, 1 - sum(map(is_loud, packets)) / expected)
        gaps = np.diff([packet.at for packet in packets]) / MS
        all_gaps.append(gaps)
        gap = max(gap, float(gaps.max()))
    return silent, gap, float(np.percentile(np.concatenate(all_gaps), 99))


async def calls_left(gateway: Gateway) -> int:
    """Return how many calls have not ended, a moment after the last was hung up."""
    await asyncio.sleep(1)
    return len(gateway.events("call.started")) - len(gateway.ended_calls())


async def flood(
    gateway: Gateway, pump: Pump, other: Phone, sources: int, *, line: str = "INVITEs turned away"
) -> list[str]:
    """Flood; return what does not hold. `line`: what the log says of it."""
    async with Phone(gateway.sip, pump) as phone:
        calls = [phone.call("100") for _ in range(CALLS)]
        for call in calls:
            await call.answered()
            await call.hears_sound()
        idle_kb, lines = gateway.rss_kb(), len(gateway.text)
        seen, over = Seen(), asyncio.Event()
        began = time.monotonic_ns()
        with flooding(gateway.sip[1], source=FLOODER, rate=RATE, seconds=SECONDS, sources=sources) as sender:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(watch(gateway, seen, over))
                await honest_calls(other, SECONDS, seen)
                await asyncio.to_thread(sender.wait, 10)
                over.set()
        silent, gap, p99 = sound(calls, began, time.monotonic_ns())
        told = sum(line in written for written in gateway.text[lines:])
        for call in calls:
            await call.hang_up()
    await asyncio.sleep(REST_S)
    left_mb = (gateway.rss_kb() - idle_kb) / 1024
    after = Seen()
    await honest_calls(other, 1, after)
    figures = {
        "silent frames of the worst agent": (silent, MOST_SILENT),
        "longest gap, ms": (gap, MOST_GAP_MS),
        "99 of 100 gaps, ms": (p99, MOST_P99_MS),
        "slowest honest set-up, s": (max(seen.set_ups), MOST_SETUP_S[sources]),
        "honest calls refused": (len(seen.refused), 0),
        "memory at most, MB more": ((seen.peak_kb - idle_kb) / 1024, MOST_MB[sources]),
        "lines about it a second": (told / SECONDS, MOST_LINES_A_SECOND),
        f"memory {REST_S} s later, MB more": (left_mb, MOST_LEFT_MB),
        "set-up then, s": (max(after.set_ups, default=99.0), MOST_SETUP_S[1]),
        "calls still there": (await calls_left(gateway), 0),
    }
    for what, (figure, bound) in figures.items():
        sys.stdout.write(f"{sources:4} sources  {what:36} {figure:8.3f}  at most {bound:g}\n")
    sys.stdout.flush()
    return [f"{what}, {sources} sources" for what, (figure, bound) in figures.items() if figure > bound]


async def main() -> int:
    """Return 0 if nobody notices either flood."""
    failed: list[str] = []
    with (
        LocalServer() as server,
        Pump() as pump,
        Gateway({"tone": agent("100", server.url, voice="tone-440-60s")}, "--no-local") as gateway,
    ):
        async with Phone(gateway.sip, pump, host=HONEST) as other:
            await honest_calls(other, 2, Seen())  # it is known from now on
            for sources in MOST_MB:
                failed += await flood(gateway, pump, other, sources)
    sys.stdout.write(f"does not hold: {', '.join(failed)}\n" if failed else "holds\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
