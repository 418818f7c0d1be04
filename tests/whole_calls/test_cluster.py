"""Gateways of several machines that share the bounds of plans by a real Redis, which hangs and comes back."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from gateway.node.control_client import ControlClient, Refusal
from tests.equipment import patience, redis_server
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.redis_server import RedisServer
from tests.equipment.registrar import Registrar
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(
        redis_server.PROGRAM is None, reason="there is no Redis: apt-get install redis-server"
    ),
]


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """A Redis server."""
    with redis_server.running() as ready:
        yield ready


@pytest.fixture(scope="module")
def gateways(server: RedisServer, local_server: LocalServer) -> Iterator[list[Gateway]]:
    """Two, as if they were on two machines, with a plan for one call at a time."""
    plans = {"few": agent("200", local_server.url, voice="tone-440-60s", limits={"max_calls": 1})}
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                Gateway(
                    plans,
                    "--no-local",
                    env={"GATEWAY_CLUSTER__REDIS": server.url, "GATEWAY_CLUSTER__NODE": node},
                )
            )
            for node in ("a", "b")
        ]


@asynccontextmanager
async def phones(gateways: list[Gateway], pump: Pump) -> AsyncIterator[list[Phone]]:
    """A phone for each of them."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Phone(gateway.sip, pump)) for gateway in gateways]


async def answered_when_there_is_room(phone: Phone, number: str) -> Call:
    """Ring until there is: another process tells that its call is over a moment after that."""
    async with patience.within(10):
        while True:
            call = phone.call(number)
            try:
                await call.answered(30)
            except Rejected:
                await asyncio.sleep(0.1)
            else:
                return call


async def test_an_order_reaches_the_machine_that_has_the_call(gateways: list[Gateway], pump: Pump) -> None:
    """Whichever is asked; its calls are listed there, too."""
    async with phones(gateways, pump) as (here, _), ControlClient.connected(gateways[1].control) as client:
        call = here.call("200")
        await call.answered(30)
        told = await client.ask("calls")
        listed = {one["sip_call_id"]: one["id"] for one in told}
        assert [one["node"] for one in told] == ["a"]
        assert set(listed) == {call.call_id}
        await client.ask("end", call=listed[call.call_id])
        await call.ended()
        line = await gateways[0].said("call.ended", sip_call_id=call.call_id)
        assert line["reason"] == "operator_hung_up", line
        with pytest.raises(Refusal, match="no call"):
            await client.ask("end", call=listed[call.call_id])


async def test_a_plan_with_a_bound(gateways: list[Gateway], server: RedisServer, pump: Pump) -> None:
    """It holds for both together; while Redis is away each has its share, and nobody's call ends for that."""
    async with phones(gateways, pump) as (here, there):
        first = here.call("200")
        await first.answered(30)
        with pytest.raises(Rejected, match="486"):
            await there.call("200").answered()
        server.hang()
        for gateway in gateways:
            await gateway.said("cluster.away")
        second = there.call("200")
        await second.answered(30)
        server.go_on()
        for gateway in gateways:
            await gateway.said("cluster.back")
        await second.hang_up()
        await gateways[1].said("call.ended", sip_call_id=second.call_id)
        assert not first.over
        with pytest.raises(Rejected, match="486"):
            await there.call("200").answered()
        await first.hang_up()
        await gateways[0].said("call.ended", sip_call_id=first.call_id)
        last = await answered_when_there_is_room(there, "200")
        await last.hang_up()


def bounded(server: RedisServer, node: str, url: str, registrar: str, folder: Path) -> Gateway:
    """Return one of several gateways that share all that has a bound; nobody is a trunk but 127.0.0.7."""
    account = {"registrar": registrar, "user": "line1", "password": "${file:password}", "expires": "1m"}
    settings = {
        "cluster": {"redis": server.url, "node": node, "name": "bounds"},
        "trunks": {
            "pbx": {"peers": ["127.0.0.7"], "max_calls": 1, "keepalive": "off"},
            "carrier": {"register": account, "keepalive": "off"},
        },
        "providers": {"acme": {"like": "local", "url": url, "max_sessions": 1}},
    }
    (folder / "password").write_text("secret", encoding="utf-8")
    file = folder / f"{node}.yaml"
    file.write_text(json.dumps(settings), encoding="utf-8")  # which is YAML, too
    plans = {
        "any": agent("100", url, voice="tone-440-60s"),
        "day": agent("300", url, voice="tone-440-60s", limits={"day": {"calls": 1}}),
        "account": {
            "numbers": ["400"],
            "agent": {"provider": "acme", "model": "tone", "voice": "tone-440-60s"},
        },
    }
    return Gateway(plans, "--no-local", "--config", str(file))


async def registers(registrar: Registrar, others: set[str]) -> str:
    """Return who is registered, when it is another one than these."""
    async with patience.within(20):
        while True:
            for request in registrar.requests:
                contact = request.header("Contact").partition(">")[0]
                if contact not in others:
                    return contact
            await asyncio.sleep(0.05)


async def test_all_that_has_a_bound(
    server: RedisServer, local_server: LocalServer, pump: Pump, tmp_path: Path
) -> None:
    """A trunk's calls, a plan's day, a model's account: for both together; one registers at a time."""
    async with AsyncExitStack() as stack:
        registrar = await stack.enter_async_context(Registrar())
        made = (
            asyncio.to_thread(bounded, server, node, local_server.url, registrar.place, tmp_path)
            for node in "ab"
        )
        both = [stack.enter_context(one) for one in await asyncio.gather(*made)]
        trunk = [await stack.enter_async_context(Phone(one.sip, pump, host="127.0.0.7")) for one in both]
        others = [await stack.enter_async_context(Phone(one.sip, pump)) for one in both]
        for number, (here, there), status in (
            ("100", trunk, 503),
            ("300", others, 480),
            ("400", others, 503),
        ):
            first = here.call(number)
            await first.answered(30)
            with pytest.raises(Rejected, match=str(status)):
                await there.call(number).answered()
            await first.hang_up()
            await both[0].said("call.ended", sip_call_id=first.call_id)
        for number, (_, there) in (("100", trunk), ("400", others)):  # there is room again
            second = await answered_when_there_is_room(there, number)
            await second.hang_up()
        first_owner = await registers(registrar, set())
        owner = both[0] if both[0].events("trunk.ours") else both[1]
        assert f":{owner.sip[1]}" in first_owner
        assert len({request.header("Contact").partition(">")[0] for request in registrar.requests}) == 1
        owner.popen.send_signal(signal.SIGTERM)
        assert await registers(registrar, {first_owner}) != first_owner
