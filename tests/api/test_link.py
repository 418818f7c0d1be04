"""The way to the gateway: few connections, answers shared, a restart of the gateway survived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from gateway.api.link import KEPT_S, MOST_CONNECTIONS, GatewayLink
from gateway.errors import ControlError
from gateway.node.control_client import GatewayAway, Refusal
from tests.equipment import patience


class Answering:
    """Stands in for a gateway's socket: answers with what it was asked, counts, and is slow where told."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.connections = 0
        self.at_once = self.most_at_once = 0
        self.slow = 0.0
        self.open = 0
        self.left = asyncio.Event()

    async def all_left(self) -> None:
        """Wait until nobody is connected."""
        while self.open:
            self.left.clear()
            await self.left.wait()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        while line := await reader.readline():
            question = orjson.loads(line)
            self.asked.append(question)
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
            await asyncio.sleep(self.slow)
            self.at_once -= 1
            refused = (
                {"error": "not now", "status": 409} if question["do"] == "no" else {"ok": question["do"]}
            )
            writer.write(orjson.dumps({"id": 1, **refused}) + b"\n")
        writer.close()
        self.open -= 1
        self.left.set()


@asynccontextmanager
async def linked(path: Path) -> AsyncIterator[tuple[GatewayLink, Answering]]:
    """A link to somebody who answers."""
    answering, link = Answering(), GatewayLink(path)
    server = await asyncio.start_unix_server(answering, path)
    async with patience.within(20):
        yield link, answering
        await link.close()
        await answering.all_left()
        server.close()


async def test_many_share_an_answer(tmp_path: Path) -> None:
    """A hundred ask within half a second: one question; an order in between, and it is asked anew."""
    async with linked(tmp_path / "s") as (link, answering):
        answering.slow = 0.05
        assert await asyncio.gather(*(link.ask_or_recall("calls") for _ in range(100))) == ["calls"] * 100
        assert len(answering.asked) == 1
        await link.order("end", "ops", call="c1")
        assert answering.asked[-1] == {"id": 1, "do": "end", "by": "api ops", "call": "c1"}
        await link.ask_or_recall("calls")
        await asyncio.sleep(KEPT_S * 1.1)
        await link.ask_or_recall("calls")
        assert [one["do"] for one in answering.asked] == ["calls", "end", "calls", "calls"]


async def test_few_connections(tmp_path: Path) -> None:
    """However many ask at once; they are used again."""
    async with linked(tmp_path / "s") as (link, answering):
        answering.slow = 0.02
        await asyncio.gather(*(link.ask("look", call=str(n)) for n in range(40)))
        assert answering.connections == answering.most_at_once == MOST_CONNECTIONS


async def test_a_refusal_keeps_the_connection(tmp_path: Path) -> None:
    """In the gateway's words, with its status."""
    async with linked(tmp_path / "s") as (link, answering):
        for _ in range(3):
            with pytest.raises(Refusal, match="not now") as told:
                await link.ask("no")
            assert told.value.status == 409
        assert answering.connections == 1


async def test_whoever_stops_waiting_leaves_no_answer_behind(tmp_path: Path) -> None:
    """The next one gets the answer to their own question."""
    async with linked(tmp_path / "s") as (link, answering):
        answering.slow = 0.1
        async with asyncio.TaskGroup() as tasks:
            given_up = tasks.create_task(link.ask("one"))
            await asyncio.sleep(0.03)
            given_up.cancel()
        assert await link.ask("two") == "two"


async def test_a_gateway_that_was_started_anew(tmp_path: Path) -> None:
    """What is asked next is answered; while there is none, that is said."""
    path = tmp_path / "s"
    link = GatewayLink(path)
    with pytest.raises(GatewayAway):
        await link.ask("calls")
    with pytest.raises(ControlError):
        await link.ask_or_recall("calls")
    for _ in range(2):
        path.unlink(missing_ok=True)
        answering = Answering()
        writers: list[asyncio.StreamWriter] = []

        async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)  # noqa: B023 - of this turn
            await answering(reader, writer)  # noqa: B023 - of this turn

        server = await asyncio.start_unix_server(answered, path)
        assert await link.ask("calls") == "calls"
        server.close()
        for writer in writers:
            writer.close()
        await answering.all_left()
    await link.close()
