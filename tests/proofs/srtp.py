"""What encryption costs a call: `python -m tests.proofs.srtp [PAIRS]`.

Twenty calls plain, twenty encrypted (SDES), by turns against one gateway; the processor time that a call
takes of it. Of all pairs (9) the median of how much more the encrypted one takes.
"""

from __future__ import annotations

import asyncio
import statistics
import sys

from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_srtp import Sdes

CALLS = 20
SECONDS = 8.0
PAIRS = 9
MOST = 1.15


async def cost(gateway: Gateway, pump: Pump, *, encrypted: bool) -> float:
    """Return the milliseconds of processor time that a second of a call takes."""
    async with Phone(gateway.sip, pump) as phone:
        calls = []
        for _ in range(CALLS):
            call, keys = phone.call("100", invite=False), Sdes()
            if encrypted:
                call.media.cipher = keys
                call.invite(formats=(0, 101), profile="RTP/SAVP", extra=(keys.line,))
            else:
                call.invite(formats=(0, 101))
            answer = await call.answered()
            if encrypted:
                keys.agree(answer.body)
            calls.append(call)
        for call in calls:
            await call.hears_sound()
        before = gateway.cpu_seconds()
        await asyncio.sleep(SECONDS)
        used = gateway.cpu_seconds() - before
        for call in calls:
            await call.hang_up()
    await asyncio.sleep(0.5)
    return used * 1000 / SECONDS / CALLS


async def main() -> int:
    """Return 0 if it costs no more than it may."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with (
        LocalServer() as server,
        Pump() as pump,
        Gateway(
            {"tone": agent("100", server.url, voice="tone-440-60s")},
            "--no-local",
            env={"GATEWAY_ENCRYPTION": "optional"},
        ) as gateway,
    ):
        ratios = []
        for number in range(pairs):
            first, second = (number % 2 == 1, number % 2 == 0)  # who is first takes turns
            told = {one: await cost(gateway, pump, encrypted=one) for one in (first, second)}
            ratios.append(told[True] / told[False])
            sys.stdout.write(f"plain {told[False]:.2f}, encrypted {told[True]:.2f} ms a second of a call\n")
            sys.stdout.flush()
    median = statistics.median(ratios)
    sys.stdout.write(f"median {median:.3f}, at most {MOST}\n")
    return int(median > MOST)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
