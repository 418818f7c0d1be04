"""Gateways of several machines that share the bounds of plans by a real Redis, which hangs and comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager

import pytest

from gateway.node.control_client import ControlClient, Refusal
from tests.equipment import redis_server
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.redis_server import RedisServer
from tests.equipment.wire_call import Rejected
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


async def test_an_order_reaches_the_machine_that_has_the_call(gateways: list[Gateway], pump: Pump) -> None:
    """Whichever is asked; its calls are listed there, too."""
    async with phones(gateways, pump) as (here, _), ControlClient.connected(gateways[1].control) as client:
        call = here.call("200")
        await call.answered(30)
        listed = {one["sip_call_id"]: one["id"] for one in await client.ask("calls")}
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
        last = there.call("200")
        await last.answered(30)
        await last.hang_up()
