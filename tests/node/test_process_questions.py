"""What is asked of a process over its socket; most of it is asked in tests/api/routes, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway import log, wall_clock
from gateway.call import Announcement
from gateway.calls.process_control import ProcessControl
from gateway.dialplan.watch import LiveDialplan
from gateway.errors import ControlError
from gateway.node.control_client import ControlClient
from gateway.node.control_socket import ControlSocket
from gateway.node.process_questions import MOST_HEADERS, ProcessQuestions
from tests.calls.test_registry import AGENT, house

LOAD = {"carries": 8, "refuses": "", "refused_for_load": 3}


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[tuple[ControlClient, asyncio.Event]]:
    """Ask a process with one plan."""
    stopped = asyncio.Event()
    async with house(folder, agent=AGENT) as opened:
        more: dict[str, object] = {
            "sip": "127.0.0.1:5060",
            "media": "native",
            "embedded": "none",
            "cluster": "none",
            "late_ticks": 7,
            **LOAD,
        }
        process = ProcessQuestions(opened.worker, LiveDialplan(folder), lambda: more, list, stopped.set)

        async def speak(_text: str) -> Announcement:
            return Announcement()

        listens = ControlSocket(ProcessControl(opened.worker), speak, process.answers)
        async with listens.listening(folder / "s"), ControlClient.connected(folder / "s") as client:
            yield client, stopped


async def test_how_it_is(tmp_path: Path) -> None:
    """What the registry knows, and what only the node does; the same among the measures."""
    async with asking(tmp_path) as (client, _):
        about = await client.ask("about")
        assert (about["calls"], about["max_calls"], about["plans"], about["sip"]) == (
            0,
            10,
            1,
            "127.0.0.1:5060",
        )
        measures = {
            one["name"]: one["samples"][0][1]
            for one in (await client.ask("measures"))["families"]
            if one["samples"]
        }
        assert (measures["gateway_calls_limit"], measures["gateway_late_ticks_total"]) == (8, 7)
        assert measures["gateway_calls_refused_for_load_total"] == 3
        assert (await client.ask("plans"))["plans"][0]["name"] == "agent"


@pytest.mark.parametrize(
    ("do", "about", "said"),
    [
        ("level", {"level": "loud"}, "debug, info, warning, error"),
        ("level", {}, "one of"),
        ("route", {"number": "100", "headers": "x"}, "names and values"),
        ("route", {"number": "100", "headers": {str(n): "" for n in range(MOST_HEADERS + 1)}}, "at most"),
        ("route", {"number": "100", "at": "noon"}, "18:00"),
    ],
)
async def test_what_cannot_be_done(tmp_path: Path, do: str, about: dict[str, object], said: str) -> None:
    """Is told why."""
    async with asking(tmp_path) as (client, _):
        with pytest.raises(ControlError, match=said):
            await client.ask(do, **about)


async def test_a_call_would_come_when_the_plans_believe_it_is(tmp_path: Path) -> None:
    """As it does in a rehearsal."""
    wall_clock.pretend(datetime(2026, 12, 24, 18, tzinfo=UTC))
    try:
        async with asking(tmp_path) as (client, _):
            told = await client.ask("route", number="100")
    finally:
        wall_clock.pretend(datetime.now(UTC))
    asked = datetime.fromisoformat(told["time"])
    assert asked - datetime(2026, 12, 24, 18, tzinfo=UTC) < timedelta(minutes=1)


async def test_what_is_ordered(tmp_path: Path) -> None:
    """A reload tells what is wrong, a drain begins, a level counts."""
    before = log.current_level()
    async with asking(tmp_path) as (client, stopped):
        (tmp_path / "broken.yaml").write_text("numbers: [", encoding="utf-8")
        told = await client.ask("reload")
        assert (told["done"], told["problems"][0]["kind"]) == (False, "error")
        try:
            await client.ask("level", level="warning")
            assert log.current_level() == "warning"
        finally:
            log.set_level(before)
        await client.ask("drain", by="api ops")
        assert stopped.is_set()
