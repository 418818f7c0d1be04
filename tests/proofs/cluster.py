"""Three gateways that share bounds by a real Redis and records by a real PostgreSQL.

admissions: 10 000 random ones, releases and crashes over three processes' shares: never a call above a
bound, nothing left 20 s later. killed: of three gateways behind a real Kamailio one dies with -9 amid 60
calls: its calls are lost and no others, every new call is answered, records are closed within 15 s and the
bounds free within 20 s. restart: three workers are replaced under 20 new calls a second, each of which
lasts three: none refused, none cut. orders: one machine is asked for calls of others: 50 ms at the 99th
percentile. redis, postgres: it is away for 60 s: no call is lost, new ones are let in within 50 ms at the
99th percentile, and no record is missing or there twice. spooled: PostgreSQL is away, and a gateway dies
meanwhile: the next one on its machine tells of all its calls, each once. fleet: two gateways have the calls
that `tests.bench.fleet` plays, and what becomes of them is alike. Drawn into var/cluster-killed.png,
cluster-restart.png and cluster-fleet.png.

`python -m tests.proofs.cluster [STEP ...]` does some of it.
"""

from __future__ import annotations

import asyncio
import collections
import random
import secrets
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis import asyncio as redis

from gateway.node.cluster.leases import LEASE_S
from gateway.node.cluster.membership import Membership, member_of
from gateway.node.control_client import ControlClient
from gateway.node.settings import Settings
from gateway.records.settings import place_of
from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from tests.equipment import postgres, redis_server
from tests.equipment.edge import PROGRAM as KAMAILIO
from tests.equipment.edge import Kamailio
from tests.equipment.ports import free_port, free_range
from tests.equipment.postgres import Postgres
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.proofs import NOT_HERE
from tests.proofs._as_simulated import as_simulated
from tests.proofs._spooled import spooled
from tests.proofs._three_gateways import NODES, Drawing, NewCalls, all_of_it

CALLS = 60
ADMISSIONS, PLANS = 10_000, {"a": 3, "b": 17, "c": 50}
HEALED_S, CLOSED_S, AWAY_S, P99_MS = 20.0, 15.0, 60.0, 50.0
RESTART_A_SECOND, LASTING_S, RESTART_S, ORDERS, ROUNDS = 20.0, 3.0, 120.0, 85, 3


# --- admissions ------------------------------------------------------------------------------------------


async def admissions() -> bool:
    """Take, move, leave and crash at random; `up` is the truth that Redis is held against."""
    chance, name = random.Random(20), secrets.token_hex(4)
    with redis_server.running() as server:
        async with redis.Redis.from_url(server.url) as client:

            def process() -> Membership:
                return member_of(client, name, "n")

            members = [process() for _ in range(NODES)]
            up: dict[str, tuple[Membership, str]] = {}
            above = crashes = refused = 0
            for number in range(ADMISSIONS):
                if chance.random() < 0.002:
                    dead = members.pop(chance.randrange(NODES))
                    up = {call: held for call, held in up.items() if held[0] is not dead}
                    members.append(process())
                    crashes += 1
                if up and chance.random() < 0.45:
                    call = chance.choice(sorted(up))
                    await up.pop(call)[0].leave(call)
                    continue
                moved = chance.choice(sorted(up)) if up and chance.random() < 0.2 else ""
                member = up.pop(moved)[0] if moved else chance.choice(members)
                plan = chance.choice(sorted(PLANS))
                if await member.take(call := moved or f"c{number}", plan, PLANS[plan]):
                    up[call] = member, plan
                refused += call not in up
                counted = collections.Counter(plan for _, plan in up.values())
                above += any(counted[plan] > most for plan, most in PLANS.items())
            for call, (member, _plan) in up.items():
                await member.leave(call)
            await asyncio.sleep(min(HEALED_S, LEASE_S * 1.1))
            left = [key for key in await client.keys("*") if await _open_leases(client, key)]
    _say(f"admissions: {ADMISSIONS}, {refused} refused, {crashes} crashes: {above} above, {len(left)} left")
    return not above and not left


async def _open_leases(client: redis.Redis, key: bytes | str) -> int:
    return int(await client.zcount(key, time.time() * 1000, "+inf"))


# --- a death --------------------------------------------------------------------------------------------


async def _rung(phone: Phone, count: int) -> list[Call]:
    calls = []
    for _ in range(count):
        calls.append(call := phone.call("100"))
        await call.answered(30)
    return calls


async def _within(seconds: float, holds: Callable[[], bool | Awaitable[bool]]) -> float:
    """Wait until a fact; return after how many seconds, infinity if it does not come to hold."""
    began = time.monotonic()
    while (took := time.monotonic() - began) < seconds:
        found = holds()
        if found if isinstance(found, bool) else await found:
            return took
        await asyncio.sleep(0.1)
    return float("inf")


async def _calls_of(node: Gateway) -> set[str]:
    """Return the calls of one machine: any tells of those of all."""
    own = {line["call"] for line in node.events("call.answered")}
    async with ControlClient.connected(node.control) as client:
        return {str(call["sip_call_id"]) for call in await client.ask("calls") if call["id"] in own}


def _lost(database: Postgres) -> set[str]:
    with open_records(place_of(database.url), only_read=True) as records:
        return {one.sip_call_id for one in records.find(Question(most=10_000)) if one.result == "lost"}


def _rows(database: Postgres) -> list[str]:
    with open_records(place_of(database.url), only_read=True) as records:
        return [one.sip_call_id for one in records.find(Question(most=10_000))]


async def killed() -> bool:
    """Kill one of three amid calls."""
    async with all_of_it() as (server, database, nodes, phone):
        calls = await _rung(phone, CALLS)
        await asyncio.sleep(1)
        of_first = await _calls_of(nodes[0])
        new, drawn = NewCalls(phone), Drawing("cluster-killed")
        async with asyncio.TaskGroup() as tasks:
            drawing = tasks.create_task(drawn.keep(*(node.control for node in nodes)))
            ringing = tasks.create_task(new.ring(HEALED_S + 2))
            await asyncio.sleep(1)
            nodes[0].popen.send_signal(signal.SIGKILL)
            died = time.monotonic()
            closed = await _within(CLOSED_S, lambda: of_first <= _lost(database))
            async with redis.Redis.from_url(server.url) as client:

                async def free() -> bool:
                    held: Any = await client.zrangebyscore("{gateway}:calls:few", time.time() * 1000, "+inf")
                    return not any(member.startswith(b"n0.") for member in held)

                waited = await _within(HEALED_S - (time.monotonic() - died), free)
                healed = max(waited, time.monotonic() - died)
            await ringing
            drawing.cancel()
        drawn.save(f"one of {NODES} gateways dies amid {CALLS} calls")
        going_on = [call for call in calls if call.call_id not in of_first and not call.over]
        lost = _lost(database)
        for call in going_on:
            await call.hang_up()
    right = lost >= of_first and lost <= of_first | new.made and len(going_on) == CALLS - len(of_first)
    _say(
        f"killed: {len(of_first)} of {CALLS} calls were its own and {len(lost)} lost, {len(going_on)} go on;"
        f" new calls: {len(new.ms)}, {len(new.failed)} failed {collections.Counter(new.failed)};"
        f" records closed after {closed:.1f} s, bounds free after {healed:.1f} s"
    )
    return right and not new.failed and closed <= CLOSED_S and healed <= HEALED_S


# --- restart, orders -------------------------------------------------------------------------------------


async def restart() -> bool:
    """Replace three workers one after the other under new calls."""
    first = free_range(2 * NODES)[0]
    with LocalServer() as local, Pump() as pump:
        # As long as a call: a minute of sound for each would be the model's server's load, not the gateways'.
        plans = {"tone": agent("100", local.url, voice=f"tone-440-{LASTING_S:g}s")}
        more = ("--no-local", "--workers", str(NODES))
        with Gateway(
            plans, *more, sip_port=first, rtp_ports=1200, wait=False, env={"GATEWAY_EDGES": '["127.0.0.1"]'}
        ) as workers:
            workers.wait_for(lambda line: line.get("event") == "workers.ready", 60, "workers.ready")
            own = Settings(sip=f"127.0.0.1:{first}", workers=str(NODES))
            with Kamailio(own, free_port(), flood_requests=100_000) as edge:
                return await _replaced(workers, edge, pump)


async def _replaced(workers: Gateway, edge: Kamailio, pump: Pump) -> bool:
    async with Phone(edge.sip, pump) as phone, ControlClient.connected(workers.control) as client:
        before = {worker["pid"] for worker in (await client.ask("about"))["workers"]}
        new, drawn = NewCalls(phone, RESTART_A_SECOND, LASTING_S), Drawing("cluster-restart")
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            drawing = tasks.create_task(drawn.keep(workers.control))
            ringing = tasks.create_task(new.ring(2 * RESTART_S, enough))
            await asyncio.sleep(2 * LASTING_S)
            await client.ask("restart")
            took = await _within(RESTART_S, lambda: bool(workers.events("workers.restarted")))
            await asyncio.sleep(LASTING_S)
            enough.set()
            await ringing
            drawing.cancel()
        after = {worker["pid"] for worker in (await client.ask("about"))["workers"]}
    # What a worker refuses (503) as it leaves, or is too slow for, the edge brings to another, and cancels it
    # here: the phone says whether it did, and whether a call was over before it hung up.
    others = ("completed", "rejected", "cancelled")
    cut = [line["reason"] for line in workers.ended_calls() if line["result"] not in others]
    drawn.save(f"three workers replaced under {RESTART_A_SECOND:g} new calls a second")
    _say(
        f"restart: {len(before - after)} of {NODES} replaced in {took:.0f} s; new calls: {len(new.ms)},"
        f" {len(new.failed)} failed {collections.Counter(new.failed)}, {len(cut)} cut"
        f" {collections.Counter(cut)}, p99 {new.p99:.0f} ms"
    )
    return before.isdisjoint(after) and not new.failed and not cut


async def orders() -> bool:
    """Ask one machine for calls of the two others."""
    async with all_of_it() as (_server, _database, nodes, phone):
        calls, ms = await _rung(phone, ORDERS), []
        own = {line["call"] for line in nodes[0].events("call.answered")}
        async with ControlClient.connected(nodes[0].control) as client:
            listed = [call["id"] for call in await client.ask("calls")]
            for call in [one for one in listed if one not in own] * ROUNDS:
                began = time.monotonic()
                await client.ask("keys", call=call, digits="1")
                ms.append((time.monotonic() - began) * 1000)
        for one in calls:
            await one.hang_up()
    p99 = sorted(ms)[round((len(ms) - 1) * 0.99)]
    _say(f"orders: {len(ms)} to calls of other machines, {statistics.median(ms):.1f} ms, p99 {p99:.1f} ms")
    return len(listed) == ORDERS and p99 <= P99_MS


# --- away ------------------------------------------------------------------------------------------------


async def away(what: str) -> bool:
    """Let Redis or PostgreSQL hang for a minute."""
    async with all_of_it() as (server, database, nodes, phone):
        calls = await _rung(phone, CALLS // 2)
        before, meanwhile, after = NewCalls(phone), NewCalls(phone), NewCalls(phone)
        await before.ring(10)
        server.hang() if what == "redis" else database.stop()
        began = time.monotonic()
        await asyncio.sleep(2)
        await meanwhile.ring(AWAY_S - 2)
        server.go_on() if what == "redis" else database.start()
        back = (
            await _within(20, lambda: all(node.events("cluster.back") for node in nodes))
            if what == "redis"
            else 0
        )
        await after.ring(10)
        gone = [call for call in calls if call.over]
        for call in calls:
            await call.hang_up()
        made = before.made | meanwhile.made | after.made | {call.call_id for call in calls}
        await _within(30, lambda: made <= set(_rows(database)))
        rows = [row for row in _rows(database) if row in made]
    failed = [*before.failed, *meanwhile.failed, *after.failed]
    missing, twice = len(made) - len(set(rows)), len(rows) - len(set(rows))
    _say(
        f"{what} away for {time.monotonic() - began:.0f} s: {len(gone)} of {len(calls)} calls lost; new"
        f" calls: {len(meanwhile.ms)}, {len(failed)} failed {collections.Counter(failed)}; INVITE to 200 p99"
        f" {before.p99:.0f} ms before, {meanwhile.p99:.0f} ms meanwhile, {after.p99:.0f} ms after; back after"
        f" {back:.1f} s; {len(made)} records, {missing} missing, {twice} twice"
    )
    let_in = meanwhile.p99 <= max(P99_MS, before.p99 + P99_MS)
    return not gone and not failed and let_in and back <= 20 and not missing and not twice


async def _told(step: Callable[[], Awaitable[tuple[bool, str]]]) -> bool:
    held, seen = await step()
    _say(seen)
    return held


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


STEPS: dict[str, Callable[[], Awaitable[bool]]] = {
    "admissions": admissions,
    "killed": killed,
    "restart": restart,
    "orders": orders,
    "spooled": lambda: _told(spooled),
    "fleet": lambda: _told(as_simulated),
    "redis": lambda: away("redis"),
    "postgres": lambda: away("postgres"),
}


def main(wanted: Sequence[str]) -> int:
    """Return 0 if all bars hold, 1 if one does not."""
    if redis_server.PROGRAM is None or KAMAILIO is None or postgres.programs() is None:
        _say("needs redis-server, kamailio and postgresql: apt-get install them")
        return NOT_HERE
    if unknown := set(wanted) - set(STEPS):
        raise SystemExit(f"no such step: {', '.join(unknown)}\n{__doc__}")

    async def prove(name: str) -> bool:
        return await STEPS[name]()

    held = [asyncio.run(prove(name)) for name in wanted or STEPS]
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
