"""Machines ask each other about calls over a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from redis import asyncio as redis

from gateway.errors import BadInput, GatewayError, NoSuchCall
from gateway.node.cluster import directory as module
from gateway.node.cluster.directory import NobodyAnswers, answers_here, known_everywhere
from gateway.node.cluster.settings import ClusterSettings
from gateway.node.control_server import ProcessAnswer, Question
from tests.equipment import patience
from tests.equipment.redis_server import RedisServer


class Machine:
    """One machine, with the calls that it has; orders are written down."""

    def __init__(self, *calls: str) -> None:
        self.calls = calls
        self.orders: list[tuple[str, str, str]] = []

    @property
    def own(self) -> Mapping[str, ProcessAnswer]:
        """What it answers by itself."""

        async def calls(_question: Question, _by: str) -> list[dict[str, str]]:
            return [{"id": call, "since": call[-1]} for call in self.calls]

        async def end(question: Question, by: str) -> str:
            if (call := str(question["call"])) not in self.calls:
                raise NoSuchCall(call)
            if question.get("bad"):
                raise BadInput("control", "bad", None, "write it well")
            self.orders.append(("end", call, by))
            return f"ended {call}"

        async def reload(_question: Question, by: str) -> None:
            self.orders.append(("reload", "", by))

        return {"calls": calls, "end": end, "reload": reload}


async def listed(answers: Mapping[str, ProcessAnswer]) -> list[str]:
    """Return the calls that are told of there."""
    return [call["id"] for call in await answers["calls"]({"do": "calls"}, "me")]


@asynccontextmanager
async def machines(
    cluster: ClusterSettings, *each: Machine, name: str = "m{number}"
) -> AsyncIterator[list[Mapping[str, ProcessAnswer]]]:
    """Have them all hear each other; gives what each answers for all."""
    async with AsyncExitStack() as stack:
        answers = []
        for number, machine in enumerate(each):
            own = cluster.model_copy(update={"node": name.format(number=number)})
            answers.append(await stack.enter_async_context(known_everywhere(own, machine.own)))
        async with patience.within(10):
            for one in answers:
                while len(await listed(one)) < sum(len(machine.calls) for machine in each):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        yield answers


async def test_calls_of_all_are_listed(cluster: ClusterSettings) -> None:
    """In the order in which they came, whoever is asked."""
    async with machines(cluster, Machine("a1", "a4"), Machine("b2"), Machine("c3")) as answers:
        assert [await listed(one) for one in answers] == [["a1", "b2", "c3", "a4"]] * 3


async def test_machines_of_one_name(cluster: ClusterSettings) -> None:
    """As of copied ones: they are two all the same."""
    here, there = Machine("a1"), Machine("b2")
    async with machines(cluster, here, there, name="same") as (answers, _):
        assert await answers["end"]({"do": "end", "call": "b2"}, "me") == "ended b2"


async def test_an_order_reaches_the_machine_that_has_the_call(cluster: ClusterSettings) -> None:
    """With who has given it; what is refused there is refused here, in the same words."""
    here, there = Machine("a1"), Machine("b2")
    async with machines(cluster, here, there) as (answers, _):
        assert await answers["end"]({"do": "end", "call": "b2"}, "operator kim") == "ended b2"
        assert await answers["end"]({"do": "end", "call": "a1"}, "operator kim") == "ended a1"
        assert there.orders == [("end", "b2", "operator kim")]
        assert here.orders == [("end", "a1", "operator kim")]
        with pytest.raises(GatewayError, match="no call") as gone:
            await answers["end"]({"do": "end", "call": "x"}, "me")
        assert gone.value.status == 404
        with pytest.raises(GatewayError, match="write it well"):
            await answers["end"]({"do": "end", "call": "b2", "bad": True}, "me")
        await answers["reload"]({"do": "reload"}, "me")
        assert there.orders[1:] == []


async def test_only_calls_are_for_others() -> None:
    """Nobody drains another machine."""
    machine = Machine("a1")
    told = await answers_here(machine.own)({"do": "reload"}, "me")
    assert (told["status"], machine.orders) == (400, [])


async def test_a_machine_that_hangs(cluster: ClusterSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for longer than an answer may take; the others' calls are told."""

    class Hung(Machine):
        @property
        def own(self) -> Mapping[str, ProcessAnswer]:
            async def calls(_question: Question, _by: str) -> list[Any]:
                await asyncio.Event().wait()
                return []

            return {**super().own, "calls": calls}

    monkeypatch.setattr(module, "ANSWERS_WITHIN_S", 0.5)
    async with machines(cluster, Machine("a1"), Machine("c3")) as (answers, _):
        own = cluster.model_copy(update={"node": "hung"})
        async with known_everywhere(own, Hung().own), patience.within(5):
            assert await listed(answers) == ["a1", "c3"]


async def test_redis_is_away_and_back(cluster: ClusterSettings, server: RedisServer) -> None:
    """Its own calls a machine knows all the same; then the others are heard again."""
    async with machines(cluster, Machine("a1"), Machine("b2")) as (answers, _):
        server.stop()
        try:
            assert await listed(answers) == ["a1"]
            with pytest.raises(NobodyAnswers):
                await answers["end"]({"do": "end", "call": "b2"}, "me")
        finally:
            server.start()
        async with patience.within(20):
            while await listed(answers) != ["a1", "b2"]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


GARBAGE = (b"\xff", b"[]", b"{}", b'{"n": []}', b'{"n": 1, "answer": 2}', b'{"node": "x", "n": 1, "to": "t"}')


async def test_whatever_is_published(cluster: ClusterSettings, server: RedisServer) -> None:
    """Who writes to the server what nobody understands, or asks what breaks, ends nothing."""

    class Breaks(Machine):
        @property
        def own(self) -> Mapping[str, ProcessAnswer]:
            async def end(_question: Question, _by: str) -> None:
                raise RuntimeError("a bug")

            return {**super().own, "end": end}

    async with machines(cluster, Machine("a1"), Breaks("b2")) as (answers, _):
        async with redis.Redis.from_url(server.url) as client:
            for channel in ("asked", "told:m0", "told:m1"):
                for data in GARBAGE:
                    await client.publish(f"{{{cluster.name}}}:{channel}", data)
        with pytest.raises(GatewayError, match="no call"):
            await answers["end"]({"do": "end", "call": "b2"}, "me")
        assert await listed(answers) == ["a1", "b2"]


async def test_one_that_is_alone() -> None:
    """It is itself."""
    own = Machine("a1").own
    async with known_everywhere(None, own) as known:
        assert known is own
