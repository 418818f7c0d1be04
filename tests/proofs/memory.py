"""Ten thousand calls of every kind leave no memory behind: `python -m tests.proofs.memory [CALLS]`.

Callers cancel, are refused, hang up early and late, are hung up on, and lose their sessions, in a seeded
order, some at once. Resident memory is read after each fifth of the calls, once their transactions have
ended (32 s, RFC 3261 section 17) and what they had was given back (30 s).
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.equipment import ports
from tests.equipment.programs import Gateway, LocalServer, Plan, Scripted, agent
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

SEED = 8
AT_ONCE = 30
PARTS = 5
REST_S = 70
WARM_PARTS = 1
"""Caches are filled and the allocator has what it needs by then."""
MOST_GROWTH_KB = 5 * 1024
"""Of resident memory, from then on."""

LOSSES = {
    "session": {"drop_after_s": [0.1, 0.6], "times": 1},
    "answers": [{"do": [{"tone": 440, "ms": 800}]}],
}


async def cancels(phone: Phone, rng: random.Random) -> None:
    """Cancel while it rings."""
    call = phone.call("300")
    await asyncio.sleep(rng.uniform(0, 0.2))
    await call.cancel()


async def is_refused(phone: Phone, rng: random.Random) -> None:
    """Call nobody, or somebody who does not take calls."""
    await phone.call(rng.choice(("404", "600", "601"))).final()


async def hangs_up(phone: Phone, rng: random.Random) -> None:
    """Talk for a moment."""
    call = phone.call("100")
    await call.answered()
    await asyncio.sleep(rng.uniform(0, 1))
    await call.hang_up()


async def is_hung_up_on(phone: Phone, _rng: random.Random) -> None:
    """Say nothing until the agent leaves."""
    call = phone.call("400")
    await call.answered()
    await call.ended(30)


async def loses_a_session(phone: Phone, rng: random.Random) -> None:
    """Talk on while the session is lost and had again."""
    call = phone.call("500")
    await call.answered()
    await asyncio.sleep(rng.uniform(0.5, 1.5))
    await call.hang_up()


KINDS: tuple[Callable[[Phone, random.Random], Awaitable[None]], ...] = (
    cancels,
    is_refused,
    is_refused,
    hangs_up,
    hangs_up,
    is_hung_up_on,
    loses_a_session,
)


async def calls(gateway: Gateway, pump: Pump, count: int, rng: random.Random) -> Counter[str]:
    """Make so many calls, some at once; return how each kind went."""
    told: Counter[str] = Counter()
    room = asyncio.Semaphore(AT_ONCE)

    async def one(phone: Phone) -> None:
        kind = rng.choice(KINDS)
        async with room:
            try:
                await kind(phone, rng)
            except (Rejected, TimeoutError) as error:
                told[f"{kind.__name__}: {type(error).__name__} {error}"] += 1
            else:
                told[kind.__name__] += 1

    async with Phone(gateway.sip, pump) as phone, asyncio.TaskGroup() as tasks:
        for _ in range(count):
            tasks.create_task(one(phone))
    return told


def plans(tone: LocalServer, script: LocalServer) -> dict[str, Plan]:
    """Return a number for each kind of call."""
    silent = {"answer": {"speaks_first": "caller"}}
    nowhere = f"ws://127.0.0.1:{ports.free_port()}/v1/realtime"
    return {
        "talk": agent("100", tone.url, voice="tone-440-1500ms"),
        "cancelled": agent("300", nowhere),
        "impatient": agent("400", tone.url, limits={"max_silence": "1s"}, **silent),
        "lost": agent("500", script.url, model="lost-{caller.number}"),
        "refused": {"numbers": ["600"], "reject": {"status": 603}},
        "elsewhere": {"numbers": ["601"], "redirect": {"to": "sip:desk@127.0.0.9"}},
    }


async def main(count: int) -> int:
    """Return 0 if memory stays where it was once everything is warm."""
    rng = random.Random(SEED)
    sizes: list[int] = []
    quiet = ("--no-local", "--log-level", "warning")
    with (
        LocalServer() as tone,
        Scripted(LOSSES) as script,
        Pump() as pump,
        Gateway(plans(tone, script), *quiet, wait=False) as gateway,
    ):
        await asyncio.sleep(5)
        for part in range(PARTS):
            told = await calls(gateway, pump, count // PARTS, rng)
            await asyncio.sleep(REST_S)
            sizes.append(gateway.rss_kb())
            sys.stdout.write(
                f"{(part + 1) * count // PARTS:6} calls  {sizes[-1] / 1024:6.1f} MB  "
                f"{gateway.descriptors()} descriptors  {dict(sorted(told.items()))}\n"
            )
            sys.stdout.flush()
    growth = sizes[-1] - sizes[WARM_PARTS - 1]
    sys.stdout.write(f"growth after the first part: {growth} kB, at most {MOST_GROWTH_KB} kB\n")
    return growth > MOST_GROWTH_KB


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
