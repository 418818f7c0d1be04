"""Calls that we make, divided among the workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from gateway.control import CallOutcome
from gateway.errors import BadInput, CallRefused, GatewayError
from gateway.node.control_client import ControlClient, Refusal
from gateway.node.control_server import ControlServer, Question
from gateway.node.workers import originated_calls as module
from gateway.node.workers.originated_calls import OriginatedCalls
from tests.equipment.patience import within


class CallingWorker:
    """Makes calls; `up` are their ids, `asked` how often it was asked for one."""

    def __init__(self, calls: int = 0) -> None:
        self.others = calls
        self.up: list[str] = []
        self.asked = 0
        self.draining = False
        self.refuses: GatewayError | None = None
        self.hangs: asyncio.Event | None = None

    async def originate(self, question: Question, by: str) -> str:
        """Make a call once, whoever asks how often."""
        self.asked += 1
        if self.hangs is not None:
            await self.hangs.wait()
        if self.refuses is not None:
            raise self.refuses
        call = str(question["call_id"])
        if call not in self.up:
            self.up.append(call)
        assert by == "api ops"
        return call

    async def about(self, _question: Question, _by: str) -> dict[str, Any]:
        """Tell how many calls it has."""
        return {"calls": self.others + len(self.up), "draining": self.draining}


class Calling:
    """Workers and who asks for calls."""

    def __init__(self, client: ControlClient, originated: OriginatedCalls) -> None:
        self.client = client
        self.originated = originated

    async def call(self, call_id: str = "") -> str:
        """Ask for one."""
        about = {"call_id": call_id} if call_id else {}
        made: str = await self.client.ask("originate", number="+4930", plan="p", by="api ops", **about)
        return made

    async def ends(self, call: str, reason: str = "busy", result: str = "rejected") -> None:
        """Have a worker tell that a call is over."""
        told = asdict(CallOutcome(9, call, "+4930", "p", result, reason, 486, None, 1.0, None))
        await self.originated.answers_to_workers["came_out"]({"outcomes": [told]}, "worker")

    async def outcomes(self) -> list[tuple[int, str, str]]:
        """Return number, call and reason of all there are."""
        told = await self.client.ask("outcomes")
        return [(one["number"], one["call"], one["reason"]) for one in told["outcomes"]]


@asynccontextmanager
async def calling(folder: Path, *workers: CallingWorker | None) -> AsyncIterator[Calling]:
    """Run workers, None: one that is away, and who divides calls among them."""
    async with within(20), AsyncExitStack() as stack:
        sockets = [folder / f"control-{number}" for number in range(len(workers))]
        for worker, path in zip(workers, sockets, strict=True):
            if worker is not None:
                server = ControlServer({"originate": worker.originate, "about": worker.about}, {})
                await stack.enter_async_context(server.listening(path))
        originated = OriginatedCalls(sockets)
        await stack.enter_async_context(ControlServer(originated.answers, {}).listening(folder / "control"))
        client = await stack.enter_async_context(ControlClient.connected(folder / "control"))
        yield Calling(client, originated)


async def test_the_one_with_the_fewest_calls_makes_it(tmp_path: Path) -> None:
    """What it was given since it was asked counts, too, and so do calls that came in."""
    busy, idle, idler = CallingWorker(4), CallingWorker(1), CallingWorker(0)
    async with calling(tmp_path, busy, idle, idler) as asked:
        made = [await asked.call() for _ in range(7)]
    assert len(set(made)) == 7
    assert (len(busy.up), len(idle.up), len(idler.up)) == (0, 3, 4)


async def test_one_that_drains_or_is_away_makes_none(tmp_path: Path) -> None:
    """The others do; one that begins to drain, or is full, says so itself, and the next one is asked."""
    draining, full, other = CallingWorker(), CallingWorker(), CallingWorker(9)
    draining.draining, full.refuses = True, CallRefused("no room")
    async with calling(tmp_path, None, draining, full, other) as asked:
        for _ in range(3):
            await asked.call()
        assert (draining.asked, len(other.up)) == (0, 3)
        other.refuses = CallRefused("no room here, either")
        with pytest.raises(Refusal, match="here, either") as refused:
            await asked.call()
        assert refused.value.status == 503
        assert await asked.outcomes() == [], "nobody was called"


async def test_what_is_wrong_with_a_call_is_said_once(tmp_path: Path) -> None:
    """It would be so everywhere: no other worker is asked."""
    one, other = CallingWorker(), CallingWorker()
    one.refuses = other.refuses = BadInput("dial", "plan", "p", "there is no such plan")
    async with calling(tmp_path, one, other) as asked:
        with pytest.raises(Refusal, match="no such plan") as refused:
            await asked.call()
    assert (refused.value.status, one.asked + other.asked) == (400, 1)


async def test_asked_twice_for_one_call_it_is_made_once(tmp_path: Path) -> None:
    """By the worker that has it; once it is over nobody is asked any more."""
    one, other = CallingWorker(), CallingWorker(1)
    async with calling(tmp_path, one, other) as asked:
        assert await asked.call("0a0a0a0a") == "0a0a0a0a"
        one.others = 50
        assert await asked.call("0a0a0a0a") == "0a0a0a0a"
        assert (one.up, one.asked, other.asked) == (["0a0a0a0a"], 2, 0)
        await asked.ends("0a0a0a0a")
        assert await asked.call("0a0a0a0a") == "0a0a0a0a"
        assert (one.asked, other.asked) == (2, 0)


async def test_all_outcomes_are_in_one_log(tmp_path: Path) -> None:
    """Each once, however often it is told, and numbered in the order in which they came."""
    async with calling(tmp_path, CallingWorker(), CallingWorker()) as asked:
        first, second = [await asked.call() for _ in range(2)]
        await asked.ends(second)
        await asked.ends(first, "no_answer")
        await asked.ends(second)
        assert await asked.outcomes() == [(1, second, "busy"), (2, first, "no_answer")]


async def test_calls_of_a_worker_that_died(tmp_path: Path) -> None:
    """Are lost, and told as such, but for those of which it had told; those of others go on."""
    async with calling(tmp_path, CallingWorker(), CallingWorker()) as asked:
        over, kept, lost = [await asked.call() for _ in range(3)]  # by 0, 1, 0
        await asked.ends(over)
        asked.originated.gone("0")
        assert await asked.outcomes() == [(1, over, "busy"), (2, lost, "gateway_died")]
        await asked.ends(kept, "callee_hung_up", "completed")
        assert (await asked.outcomes())[-1] == (3, kept, "callee_hung_up")
        assert await asked.call(lost) == lost, "nobody is called twice for it"


async def test_one_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """May have heard: no other one makes that call, and whoever asks again is told what became of it."""
    monkeypatch.setattr(module, "MADE_WITHIN_S", 0.1)
    hung, other = CallingWorker(), CallingWorker(5)
    hung.hangs = asyncio.Event()
    async with calling(tmp_path, hung, other) as asked:
        for _ in range(2):
            with pytest.raises(Refusal, match="ask again for call 0a0a0a0a") as refused:
                await asked.call("0a0a0a0a")
            assert refused.value.status == 504
        assert other.asked == 0
        hung.hangs.set()
        assert await asked.call("0a0a0a0a") == "0a0a0a0a"
        assert hung.up == ["0a0a0a0a"]


async def test_one_that_dies_while_it_is_asked(tmp_path: Path) -> None:
    """Has made the call or not: it is lost, and nobody is called twice for it."""
    hung, other = CallingWorker(), CallingWorker(5)
    hung.hangs = asyncio.Event()
    async with calling(tmp_path, hung, other) as asked:

        async def dies() -> None:
            while not hung.asked:  # noqa: ASYNC110 - a plain count
                await asyncio.sleep(0.01)
            asked.originated.gone("0")
            hung.refuses = CallRefused("said while nobody expects it any more")
            assert hung.hangs is not None
            hung.hangs.set()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(dies())
            assert await asked.call("0a0a0a0a") == "0a0a0a0a"
        assert (await asked.outcomes(), other.asked) == ([(1, "0a0a0a0a", "gateway_died")], 0)


async def test_no_worker_is_there(tmp_path: Path) -> None:
    """Is told as such."""
    async with calling(tmp_path, None, None) as asked:
        with pytest.raises(Refusal, match="being started") as refused:
            await asked.call()
    assert refused.value.status == 503
