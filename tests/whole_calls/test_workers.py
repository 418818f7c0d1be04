"""Several gateway processes as one: calls, orders, signals, and one that dies."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from gateway.node.control_client import ControlClient
from gateway.node.settings import Settings
from tests.equipment import patience, ports, tone
from tests.equipment.edge import PROGRAM, Kamailio
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

pytestmark = pytest.mark.native
WORKERS = 2


class Workers(Gateway):
    """A gateway of two processes."""

    def __init__(self, url: str, *more: str) -> None:
        plans = {
            "tone": agent("100", url, voice="tone-440-60s"),
            "few": agent("200", url, voice="tone-440-60s", limits={"max_calls": 1}),
        }
        first = ports.free_range(2 * WORKERS)[0]
        super().__init__(
            plans, "--no-local", "--workers", str(WORKERS), *more, sip_port=first, rtp_ports=800, wait=False
        )
        try:
            self.wait_for(lambda line: line.get("event") == "workers.ready", 60, "workers.ready")
        except BaseException:
            self.stop()
            raise

    def at(self, number: int) -> tuple[str, int]:
        """Where one of them is called."""
        return self.sip[0], self.sip[1] + number

    async def about(self) -> dict[str, object]:
        """How they say they are."""
        async with ControlClient.connected(self.control) as client:
            told: dict[str, object] = await client.ask("about")
            return told

    @property
    def restarts(self) -> int:
        """How often all of them were replaced."""
        return len(self.events("workers.restarted"))

    async def pids(self) -> list[int]:
        """Of those that answer."""
        told = await self.about()
        return [worker["pid"] for worker in told["workers"]]  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def workers(local_server: LocalServer) -> Iterator[Workers]:
    """Two processes."""
    with Workers(local_server.url) as running:
        yield running


@asynccontextmanager
async def phones(workers: Workers, pump: Pump) -> AsyncIterator[list[Phone]]:
    """A phone for each of them."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Phone(workers.at(number), pump)) for number in range(WORKERS)]


class Calling:
    """Has calls made to a phone. `seen`: the number of the last outcome before."""

    def __init__(self, desk: Phone, client: ControlClient, seen: int) -> None:
        self.desk = desk
        self.client = client
        self._seen = seen

    async def call(self, call_id: str = "") -> str:
        """Have it called; return the id of the call."""
        number = f"sip:desk@{self.desk.local[0]}:{self.desk.local[1]}"
        made: str = await self.client.ask("originate", number=number, plan="tone", call_id=call_id)
        return made

    async def nodes_of(self, calls: list[str]) -> dict[str, str]:
        """Return which worker has each of these calls."""
        up = await self.client.ask("calls")
        return {call["id"]: call["node"] for call in up if call["id"] in calls}

    async def outcomes(self, count: int) -> dict[str, dict[str, object]]:
        """Wait for so many; return them by their calls, each of which came out once."""
        told: dict[str, dict[str, object]] = {}
        async with patience.within(30):
            while len(told) < count:
                news = await self.client.ask("outcomes", after=self._seen, wait=5)
                for one in news["outcomes"]:
                    assert one["call"] not in told
                    told[one["call"]] = one
                    self._seen = one["number"]
        return told


def _results(workers: Workers) -> dict[str, str | None]:
    """Return how calls ended, by their Call-ID."""
    return {one.sip_call_id: one.result for one in workers.records()}


async def talking(phone: Phone) -> Call:
    """Ring, and hear the agent."""
    call = phone.call("100")
    await call.answered(30)
    await call.hears(lambda: tone.share(call.media.heard()[-2400:], 440) > 0.9, "the agent", 20)
    return call


async def test_calls_of_all_are_seen_and_ordered_in_one_place(workers: Workers, pump: Pump) -> None:
    """The list has both, an order reaches the one that has the call; what happens is told."""
    async with phones(workers, pump) as both, ControlClient.connected(workers.control) as client:
        calls = [await talking(phone) for phone in both]
        told = await client.ask("calls")
        listed = {call["sip_call_id"]: call["id"] for call in told}
        assert set(listed) == {call.call_id for call in calls}
        assert sorted(call["node"] for call in told) == ["worker-0", "worker-1"]
        about = await client.ask("about")
        assert (about["calls"], about["pid"], len(about["workers"])) == (2, workers.pid, WORKERS)
        for call in calls:
            await client.ask("end", call=listed[call.call_id])
            await call.ended()
        with pytest.raises(Exception, match="no call"):
            await client.ask("end", call="00000000")


async def test_a_plan_with_a_limit(workers: Workers, pump: Pump) -> None:
    """It holds for all of them together."""
    async with phones(workers, pump) as both:
        first = both[0].call("200")
        await first.answered(30)
        with pytest.raises(Rejected, match="486"):
            await both[1].call("200").answered()
        await first.hang_up()
        await workers.said("call.ended", sip_call_id=first.call_id)
        other = both[1].call("200")
        await other.answered(30)
        await other.hang_up()


@asynccontextmanager
async def calling(workers: Workers, pump: Pump) -> AsyncIterator[Calling]:
    """Have calls made to a phone."""
    async with (
        Phone(workers.sip, pump, user="desk") as desk,
        ControlClient.connected(workers.control) as client,
    ):
        yield Calling(desk, client, (await client.ask("outcomes"))["last"])


async def test_calls_that_are_made_are_divided(workers: Workers, pump: Pump) -> None:
    """Each is made once, by whichever has fewer, and how it came out is told once, in one place."""
    async with calling(workers, pump) as asked:
        made = [await asked.call() for _ in range(6)]
        rung = [await asked.desk.incoming() for _ in made]
        assert {*(await asked.nodes_of(made)).values()} == {"worker-0", "worker-1"}
        assert await asked.call(made[0]) == made[0], "it is made already"
        rung[0].reject(486)
        for call in rung[1:]:
            await call.accept()
            await call.hang_up()
        told = await asked.outcomes(6)
        assert sorted(told) == sorted(made)
        reasons = sorted(str(one["reason"]) for one in told.values())
        assert reasons == ["busy", *["callee_hung_up"] * 5]
        assert await asked.call(made[0]) == made[0], "it is over"
        assert len(asked.desk.calls) == 6


async def test_what_became_of_calls_that_were_made_by_one_that_dies(workers: Workers, pump: Pump) -> None:
    """They are lost, and told as such; those of the other one go on, and come out as they do."""
    async with calling(workers, pump) as asked:
        made = [await asked.call() for _ in range(6)]
        for _ in made:
            await (await asked.desk.incoming()).accept()
        nodes = await asked.nodes_of(made)
        dying, other = ({call for call in made if nodes[call] == f"worker-{one}"} for one in range(2))
        pids = await workers.pids()
        os.kill(pids[0], signal.SIGKILL)
        told = await asked.outcomes(len(dying))
        assert ({*told}, {one["result"] for one in told.values()}) == (dying, {"lost"})
        for call in dying:
            assert await asked.call(call) == call, "nobody is called twice for it"
        for call in other:
            await asked.client.ask("end", call=call)
        told = await asked.outcomes(len(other))
        assert ({*told}, {one["reason"] for one in told.values()}) == (other, {"operator_hung_up"})
        async with patience.within(30):
            while len(await workers.pids()) < WORKERS:  # noqa: ASYNC110 - another process sets no event
                await asyncio.sleep(0.1)
        assert len(asked.desk.calls) == 6


async def test_calls_are_made_while_workers_are_replaced(workers: Workers, pump: Pump) -> None:
    """By whichever takes some; each comes out once, also where the one that made it is gone by then."""
    restarts = workers.restarts
    async with calling(workers, pump) as asked, asyncio.TaskGroup() as tasks:
        made: list[str] = []

        async def rejects() -> None:
            while True:
                (await asked.desk.incoming(60)).reject(486)

        rejecting = tasks.create_task(rejects())
        await asked.client.ask("restart")
        while workers.restarts == restarts:
            made.append(await asked.call())
            await asyncio.sleep(0.05)  # some twenty calls a second
        told = await asked.outcomes(len(made))
        rejecting.cancel()
        assert sorted(told) == sorted(made)
        assert {one["reason"] for one in told.values()} == {"busy"}
        assert len(asked.desk.calls) == len(made) > 20


async def test_one_that_dies(workers: Workers, pump: Pump) -> None:
    """Takes its calls with it and no others, is there again, and its records are closed."""
    async with phones(workers, pump) as both:
        lost, kept = [await talking(phone) for phone in both]
        async with patience.within(10):
            while lost.call_id not in _results(workers):  # noqa: ASYNC110 - a thread of its own writes it
                await asyncio.sleep(0.05)
        first, _ = await workers.pids()
        os.kill(first, signal.SIGKILL)
        await workers.said("worker.ended", worker=0)
        async with patience.within(30):
            while len(await workers.pids()) < WORKERS:  # noqa: ASYNC110 - another process sets no event
                await asyncio.sleep(0.1)
            while "lost" not in {one.result for one in workers.records()}:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        heard = len(kept.media.heard())
        await kept.listens(500)
        assert tone.share(kept.media.heard()[heard:], 440) > 0.9
        again = await talking(both[0])
        for call in (again, kept):
            await call.hang_up()
    async with patience.within(10):
        while (results := _results(workers)).get(kept.call_id) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert (results[lost.call_id], results[kept.call_id]) == ("lost", "completed")


async def test_none_is_replaced_where_no_other_could_begin(workers: Workers, pump: Pump) -> None:
    """As with a mistake in a plan, which is told: those that answer calls go on."""
    before = await workers.pids()
    broken = workers.write_plan("broken", {"numbers": ["300"], "agnt": {}})
    try:
        workers.popen.send_signal(signal.SIGUSR2)
        await workers.said("workers.not_restarted")
        async with phones(workers, pump) as both:
            for phone in both:
                await (await talking(phone)).hang_up()
        assert await workers.pids() == before
    finally:
        broken.unlink()


@pytest.mark.skipif(PROGRAM is None, reason="there is no Kamailio: apt-get install kamailio")
async def test_replaced_behind_an_edge(workers: Workers, pump: Pump) -> None:
    """One after the other: calls that are up end as they like, new ones are taken all the time."""
    settings = Settings(sip=f"{workers.sip[0]}:{workers.sip[1]}", workers=WORKERS)
    with Kamailio(settings, workers.sip[1] + WORKERS) as edge:
        async with Phone(edge.sip, pump) as phone:
            before, restarts = set(await workers.pids()), workers.restarts
            calls = [await talking(phone) for _ in range(4)]
            async with ControlClient.connected(workers.control) as client:
                per_worker = [worker["calls"] for worker in (await client.ask("about"))["workers"]]
                assert per_worker == [2, 2], "the edge divides them"
                await client.ask("restart")
            taken = 0
            while workers.restarts == restarts:
                call = phone.call("100")
                await call.answered(20)
                await call.hang_up()
                taken += 1
                await asyncio.sleep(0.1)  # some ten calls a second
                if calls:
                    await calls.pop().hang_up()
            assert taken > 3
            assert before.isdisjoint(await workers.pids())


async def test_all_stop_together(local_server: LocalServer, pump: Pump) -> None:
    """They drain at the first signal, and whoever is left is hung up at the second; nobody is left behind."""
    with Workers(local_server.url) as workers:
        async with phones(workers, pump) as both:
            calls = [await talking(phone) for phone in both]
            pids = await workers.pids()
            workers.popen.send_signal(signal.SIGTERM)
            await workers.said("workers.draining")
            await asyncio.sleep(0.5)
            assert [call.over for call in calls] == [False, False]
            workers.popen.send_signal(signal.SIGTERM)
            for call in calls:
                await call.ended(20)
        assert workers.wait(30) == 0
    assert [pid for pid in pids if os.path.exists(f"/proc/{pid}")] == []  # noqa: ASYNC240, PTH110
