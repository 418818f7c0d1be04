"""What happens, heard as it happens: of all calls or of one, from now on or from where somebody left off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.call import Digit, LegEnded
from tests.api.running_api import RunningApi, running_api
from tests.calls.test_registry import GONE
from tests.equipment import patience

Event = tuple[str, str, Any]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[RunningApi]:
    """The API, once its own watcher is there."""
    async with running_api(tmp_path) as running:
        async with patience.within(5):
            while not running.house.worker.watches._open:  # noqa: ASYNC110 - asked anew
                await asyncio.sleep(0.01)
        yield running


class Listener:
    """Reads a stream of events, one after the other."""

    def __init__(self, answer: httpx2.Response) -> None:
        assert answer.status_code == 200, answer
        assert answer.headers["content-type"].startswith("text/event-stream")
        self._lines = answer.aiter_lines()

    async def begun(self) -> None:
        """Wait for the first line: from then on everything is heard."""
        async with patience.within(5):
            assert await anext(self._lines) == "retry: 1000"

    async def next(self) -> Event:
        """Return id, name and data of the next event."""
        fields: dict[str, str] = {}
        async with patience.within(5):
            async for line in self._lines:
                if not line and "data" in fields:
                    return fields.get("id", ""), fields["event"], json.loads(fields["data"])
                name, _, value = line.partition(": ")
                fields[name] = value
        raise AssertionError("the stream is over")

    async def next_of(self, name: str) -> Event:
        """Return the next event of a name; a call that has just begun has others before it."""
        while (event := await self.next())[1] != name:
            pass
        return event

    async def rest(self) -> list[str]:
        """Return the names of all events until the stream ends."""
        async with patience.within(5):
            lines = [line async for line in self._lines]
        return [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]


async def test_one_call_to_its_end(api: RunningApi) -> None:
    """What happens, by its name and in its order; then the stream ends."""
    leg = await api.house.talking("c1")
    async with api.read.stream("GET", "/v1/calls/c1/events") as answer:
        listener = Listener(answer)
        await listener.begun()
        leg.happen(Digit("5"))
        _id, name, data = await listener.next_of("Digit")
        assert (name, data["call"], data["is"]["digit"]) == ("Digit", "c1", "5")
        leg.happen(LegEnded(GONE))
        assert (await listener.rest())[-1] == "CallOver"
    assert (await api.read.get("/v1/calls/c1/events")).status_code == 404


async def test_whoever_was_away_misses_nothing(api: RunningApi) -> None:
    """`Last-Event-ID` goes on after it, also from the list of calls, and also if the call is over by now."""
    leg = await api.house.talking("c1")
    async with api.read.stream("GET", "/v1/events") as answer:
        listener = Listener(answer)
        await listener.begun()
        leg.happen(Digit("1"))
        last, name, _data = await listener.next_of("Digit")
        assert name == "Digit"
    for digit in "23":
        leg.happen(Digit(digit))
    async with api.read.stream("GET", "/v1/events", headers={"Last-Event-ID": last}) as answer:
        listener = Listener(answer)
        await listener.begun()
        assert [(await listener.next())[2]["is"]["digit"] for _ in "23"] == ["2", "3"]
    leg.happen(LegEnded(GONE))
    await api.house.over()
    async with patience.within(5):
        while "CallOver" not in (names := await _heard(api, "/v1/calls/c1/events", last)):  # noqa: ASYNC110 - asked anew
            await asyncio.sleep(0.05)
    assert names[:2] == ["Digit", "Digit"]


async def _heard(api: RunningApi, path: str, last: str) -> list[str]:
    async with api.read.stream("GET", path, headers={"Last-Event-ID": last}) as answer:
        return await Listener(answer).rest()


async def test_an_id_of_another_run(api: RunningApi) -> None:
    """It is said that something may be missing, and goes on from now."""
    leg = await api.house.talking("c1")
    async with api.read.stream("GET", "/v1/events", headers={"Last-Event-ID": "abcd-17"}) as answer:
        listener = Listener(answer)
        await listener.begun()
        own, name, data = await listener.next()
        assert (name, data, own.partition("-")[0] != "abcd") == ("Lost", {"lines": None}, True)
        leg.happen(Digit("5"))
        assert (await listener.next_of("Digit"))[2]["is"]["digit"] == "5"


async def test_only_what_is_asked_for(api: RunningApi) -> None:
    """Some kinds of events, and the end."""
    leg = await api.house.talking("c1")
    async with api.read.stream("GET", "/v1/calls/c1/events", params={"what": "Held"}) as answer:
        listener = Listener(answer)
        await listener.begun()
        leg.happen(Digit("5"))
        leg.happen(LegEnded(GONE))
        assert await listener.rest() == ["CallOver"]


async def test_too_many_listeners(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is told to come back."""
    monkeypatch.setattr("gateway.api.news.MOST_LISTENERS", 0)
    assert (await api.read.get("/v1/events")).status_code == 503
