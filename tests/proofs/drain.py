"""A gateway that is told to stop cuts nobody before its time: `python -m tests.proofs.drain [CALLS]`.

Fifty callers talk. At SIGTERM new calls and OPTIONS get 503, the calls that are up go on; half of the callers
hang up by themselves within the grace, none is hung up before its end. Then whoever is left hears a goodbye,
not the agent any more, and gets a BYE. The process ends with 0.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time

from deploy.probe import ask
from tests.equipment import patience, tone
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

CALLS = 50
GRACE_S = 10.0
MOST_GOODBYE_S = 10.0


async def leaves(call: Call, after: float) -> bool:
    """Hang up by oneself; return False if somebody else was faster."""
    await asyncio.sleep(after)
    if call.over:
        return False
    await call.hang_up()
    return True


async def turned_away(phone: Phone) -> tuple[int, str]:
    """Ring; return the status and Retry-After."""
    try:
        await phone.call("100").answered()
    except Rejected as rejected:
        return rejected.status, rejected.response.header("Retry-After")
    return 200, ""


async def prove(calls: int) -> bool:
    """Talk, stop it, and look."""
    with LocalServer() as server, Pump() as pump:
        plans = {"a": agent("100", server.url, voice="tone-440-120s")}
        env = {"GATEWAY_DRAIN_SECONDS": str(GRACE_S)}
        with Gateway(plans, "--no-local", env=env) as gateway:
            async with Phone(gateway.sip, pump) as phone, Phone(gateway.sip, pump) as late:
                return await _prove(gateway, phone, late, calls)


async def _prove(gateway: Gateway, phone: Phone, late: Phone, calls: int) -> bool:
    talking = []
    async with patience.within(60):
        for _ in range(calls):  # one after the other: an address that does not acknowledge is held to ten
            talking.append(call := phone.call("100"))
            await call.answered()
        for call in talking:
            await call.hears_sound()
    gateway.popen.send_signal(signal.SIGTERM)
    told = time.monotonic()
    await gateway.said("gateway.draining")
    status, retry = await turned_away(late)
    options = await asyncio.to_thread(ask, *gateway.sip)
    half = talking[: calls // 2]
    async with asyncio.TaskGroup() as tasks:
        left = [
            tasks.create_task(leaves(call, 1 + (GRACE_S - 4) * n / len(half))) for n, call in enumerate(half)
        ]
    by_themselves = sum(one.result() for one in left)
    cut_early = sum(call.over for call in talking[calls // 2 :])
    await asyncio.sleep(max(0.0, told + GRACE_S - 0.5 - time.monotonic()))
    cut_early += sum(call.over for call in talking[calls // 2 :])
    byes = [(await call.ended(GRACE_S + MOST_GOODBYE_S)).method for call in talking[calls // 2 :]]
    seconds = time.monotonic() - told
    told_so = sum(_heard_goodbye(call) for call in talking[calls // 2 :])
    code = await asyncio.to_thread(gateway.wait, 20)
    failed = [line for line in gateway.ended_calls() if line["result"] == "failed"]
    sys.stdout.write(
        f"{calls} calls: {by_themselves} left by themselves, {cut_early} cut before the end of the grace of"
        f" {GRACE_S:g} s; {byes.count('BYE')} got BYE, {told_so} of them after a goodbye, the last after"
        f" {seconds:.1f} s\na new call: {status}, Retry-After {retry}; OPTIONS: {options}; exit code {code};"
        f" failed: {len(failed)}\n"
    )
    rest = calls - calls // 2
    return (
        (by_themselves, cut_early, byes.count("BYE"), told_so) == (calls // 2, 0, rest, rest)
        and (status, bool(retry), options.partition(" ")[0], code, failed) == (503, True, "503", 0, [])
        and seconds <= GRACE_S + MOST_GOODBYE_S
    )


def _heard_goodbye(call: Call) -> bool:
    """Return whether the last second was sound, and not the agent's tone."""
    heard = call.media.heard()[-8 * 2500 : -8 * 300]
    return bool(tone.sound_ms(heard) > 300 and tone.share(heard, 440) < 0.5)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(prove(int(sys.argv[1]) if sys.argv[1:] else CALLS)) else 1)
