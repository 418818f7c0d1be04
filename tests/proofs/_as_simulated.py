"""Two real gateways behind a real Kamailio, and the same calls in the simulation of `tests.bench.fleet`.

The same seeded arrivals and talks, one plan with a bound that is reached, a death and a replacement. What the
simulation says becomes of the calls is what has to become of them: else its hundred gateways are a tale.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from gateway.node.settings import Settings
from tests.bench.fleet import Fleet
from tests.equipment import ports, redis_server
from tests.equipment.edge import Kamailio
from tests.equipment.process import ROOT
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

SECONDS, A_SECOND, TALK_S, BOUND, SEED = 50.0, 3.0, 4.0, 16, 20
DIES_AT, REPLACED_AT = 12.0, 32.0
LATE_S = 1.4
"""A call that took so long to be answered was first offered to a gateway that said nothing."""
NEAR = 0.05
"""The share of all calls by which the two may differ: who rang in the same tenth of a second is chance."""


@dataclass
class Seen:
    """What became of the calls of one of the two; `up`: how many were up, each second."""

    made: int = 0
    refused: int = 0
    lost: int = 0
    late: int = 0
    failed: list[str] = field(default_factory=list)
    talks: dict[str, float] = field(default_factory=dict)
    """How long calls were to be talked, by Call-ID."""
    beside_s: float = 0.0
    """What a call takes beside its talk: to be answered, and to be over."""
    up: list[int] = field(default_factory=list)


def arrivals() -> list[tuple[float, float]]:
    """Return when calls come, and how long each is talked."""
    chance, now, found = random.Random(SEED), 0.0, []
    while (now := now + chance.expovariate(A_SECOND)) < SECONDS:
        found.append((now, max(0.5, chance.expovariate(1 / TALK_S))))
    return found


async def as_simulated() -> tuple[bool, str]:
    """Return whether the two are alike, and what was seen."""
    real = await _real()
    told = _simulated(real.beside_s)
    _draw(real, told)
    near = max(3.0, NEAR * real.made)
    pairs = {key: (getattr(real, key), getattr(told, key)) for key in ("made", "refused", "lost", "late")}
    apart = statistics.mean(abs(one - other) for one, other in zip(real.up, told.up, strict=False))
    alike = all(abs(one - other) <= near for one, other in pairs.values()) and apart <= 0.15 * BOUND
    words = ", ".join(f"{key} {one} and {other}" for key, (one, other) in pairs.items())
    return alike and not real.failed, (
        f"fleet: really and simulated: {words}; calls up differ by {apart:.1f} of {BOUND} on average;"
        f" a call takes {real.beside_s * 1000:.0f} ms beside its talk; {len(real.failed)} failed"
        f" {real.failed[:3]}"
    )


# --- simulated -------------------------------------------------------------------------------------------


def _simulated(beside_s: float) -> Seen:
    fleet, seen = Fleet(2, 1000, cap=BOUND), Seen()
    for at, talk_s in arrivals():
        fleet.at(at, lambda talk_s=talk_s: fleet.call(beside_s + talk_s))  # type: ignore[misc]
    fleet.at(DIES_AT, lambda: fleet.dies(0))
    fleet.at(REPLACED_AT, lambda: fleet.replaces_from(1))
    for _ in range(round(SECONDS)):
        fleet.run(1.0)
        seen.up.append(sum(fleet.calls))
    outcome = fleet.run(30.0)
    seen.made, seen.refused, seen.lost, seen.late = outcome.made, outcome.refused, outcome.lost, outcome.late
    return seen


# --- real ------------------------------------------------------------------------------------------------


async def _real() -> Seen:
    with ExitStack() as stack:
        server = stack.enter_context(redis_server.running())
        local, pump = stack.enter_context(LocalServer()), stack.enter_context(Pump())
        plans = {"few": agent("100", local.url, voice="tone-440-60s", limits={"max_calls": BOUND})}
        places, all_of_them = [ports.free_port() for _ in range(2)], list[Gateway]()

        def begun(number: int) -> Gateway:
            env = {"GATEWAY_CLUSTER__REDIS": server.url, "GATEWAY_CLUSTER__NODE": f"n{number}"}
            env |= {"GATEWAY_EDGES": '["127.0.0.1"]'}
            more = {"sip_port": places[number], "rtp_ports": 200}
            gateway = Gateway(plans, "--no-local", env=env, **more)  # type: ignore[arg-type]
            all_of_them.append(stack.enter_context(gateway))
            return gateway

        nodes = [begun(number) for number in range(2)]
        behind = Settings(sip=f"127.0.0.1:{places[0]}")
        told = {"nodes": (f"127.0.0.1:{places[1]}",), "flood_requests": 10_000}
        edge = stack.enter_context(Kamailio(behind, ports.free_port(), **told))
        async with Phone(edge.sip, pump) as phone:
            seen = await _played(phone, nodes, begun)
        ended = [line for one in all_of_them for line in one.ended_calls() if line["result"] == "completed"]
        seen.beside_s = statistics.median(line["seconds"] - seen.talks[line["sip_call_id"]] for line in ended)
        return seen


async def _played(phone: Phone, nodes: list[Gateway], begun: Callable[[int], Gateway]) -> Seen:
    seen, up, ringing = Seen(), set[object](), time.monotonic()

    async def one(at: float, talk_s: float) -> None:
        await asyncio.sleep(max(0.0, ringing + at - time.monotonic()))
        seen.made += 1
        began, call = time.monotonic(), phone.call("100")
        try:
            await call.answered(10)
        except Rejected:
            seen.refused += 1
            return
        except (AssertionError, TimeoutError) as error:
            seen.failed.append(repr(error))
            return
        took = time.monotonic() - began
        seen.talks[call.call_id] = talk_s
        seen.late += took > LATE_S
        up.add(call)
        await asyncio.sleep(talk_s)
        up.discard(call)
        with contextlib.suppress(AssertionError, TimeoutError):  # its gateway may be gone
            await call.hang_up()

    async def happens() -> None:
        await asyncio.sleep(DIES_AT)
        answered = {line["call"] for line in nodes[0].events("call.answered")}
        seen.lost = len(answered - {line["call"] for line in nodes[0].ended_calls()})
        nodes[0].popen.send_signal(signal.SIGKILL)
        nodes[0] = await asyncio.to_thread(begun, 0)
        await asyncio.sleep(max(0.0, ringing + REPLACED_AT - time.monotonic()))
        nodes[1].popen.send_signal(signal.SIGTERM)
        await asyncio.to_thread(nodes[1].popen.wait)
        nodes[1] = await asyncio.to_thread(begun, 1)

    async def looks() -> None:
        for second in range(1, round(SECONDS) + 1):
            await asyncio.sleep(max(0.0, ringing + second - time.monotonic()))
            seen.up.append(len(up))

    async with asyncio.TaskGroup() as tasks:
        for at, talk_s in arrivals():
            tasks.create_task(one(at, talk_s))
        tasks.create_task(happens())
        tasks.create_task(looks())
    return seen


# --- picture ---------------------------------------------------------------------------------------------


def _draw(real: Seen, told: Seen) -> None:
    from matplotlib import figure  # noqa: PLC0415 - it takes a second

    drawn = figure.Figure(figsize=(9, 3.2), layout="constrained")
    axes = drawn.subplots()
    for seen, name in ((real, "two real gateways"), (told, "simulated")):
        axes.step(range(1, len(seen.up) + 1), seen.up, where="post", label=name)
    axes.axhline(BOUND, color="gray", linestyle=":", label="bound of the plan")
    axes.axvline(DIES_AT, color="red", alpha=0.4, label="one dies")
    axes.axvline(REPLACED_AT, color="orange", alpha=0.6, label="the other is replaced")
    title = "the same calls, really and simulated"
    axes.set(xlabel="seconds", ylabel="calls that are up", title=title, ylim=(0, None))
    axes.legend(loc="lower right", fontsize="small", ncols=2)
    axes.grid(visible=True, alpha=0.3)
    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    drawn.savefig(folder / "cluster-fleet.png", dpi=120)
