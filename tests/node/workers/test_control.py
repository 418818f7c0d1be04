"""One control socket for several workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import ControlError
from gateway.node.control_client import ControlClient, Refusal
from gateway.node.control_server import ControlServer, ProcessAnswer, Question, line
from gateway.node.workers import control as module
from gateway.node.workers.control import WorkersControl
from gateway.node.workers.share import beside
from tests.equipment.patience import within


class NotHere(ControlError):
    """There is no such call."""

    status = 404


class ScriptedWorker:
    """A worker's answers; `ended` are the calls that it was told to end, `rung` those of browsers."""

    def __init__(self, number: int, *calls: str) -> None:
        self.number = number
        self.calls = list(calls)
        self.ended: list[tuple[str, str]] = []
        self.rung: list[tuple[str, str]] = []
        self.answers_instead: Mapping[str, ProcessAnswer] | None = None

    def _has(self, question: Question) -> str:
        call = str(question["call"])
        if call not in self.calls:
            raise NotHere(f"there is no call {call!r}")
        return call

    @property
    def answers(self) -> Mapping[str, ProcessAnswer]:
        """By their names."""

        async def calls(_question: Question, _by: str) -> list[dict[str, Any]]:
            return [{"id": call, "since": f"2026-11-27T12:00:0{call[-1]}Z"} for call in self.calls]

        async def look(question: Question, _by: str) -> dict[str, Any]:
            return {"id": self._has(question)}

        async def end(question: Question, by: str) -> None:
            self.ended.append((self._has(question), by))

        async def about(_question: Question, _by: str) -> dict[str, Any]:
            known = {"pid": self.number, "sip": "", "max_calls": 10, "taken": 1, "late_ticks": 0}
            known |= {
                "calls": len(self.calls),
                "draining": False,
                "plans_as_written": True,
                "cluster": "none",
            }
            return known

        async def browser(question: Question, by: str) -> dict[str, Any]:
            self.rung.append((str(question.get("number") or self._has({"call": question["take_over"]})), by))
            return {"answer": "v=0", "call_id": f"rtc_{self.number}"}

        async def browser_end(question: Question, _by: str) -> dict[str, bool]:
            return {"found": question["call_id"] == f"rtc_{self.number}"}

        async def browser_look(question: Question, _by: str) -> dict[str, str | None]:
            return {"number": "100" if question["call_id"] == f"rtc_{self.number}" else None}

        of_browsers = {"browser": browser, "browser_end": browser_end, "browser_look": browser_look}
        return {"calls": calls, "look": look, "end": end, "about": about, **of_browsers}

    async def watch(
        self, question: Question, _by: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Tell that a call is there, and wait."""
        writer.write(line({"id": question.get("id"), "ok": None}))
        writer.write(line({"watched": {"call": self.calls[0]}}))
        await reader.read()


@asynccontextmanager
async def asking(folder: Path, *workers: ScriptedWorker) -> AsyncIterator[tuple[ControlClient, list[str]]]:
    """Run workers and their common socket; yields a client of it, and what was ordered of the supervisor."""
    ordered: list[str] = []
    async with AsyncExitStack() as stack:
        sockets = [beside(folder / "control.sock", worker.number) for worker in workers]
        for worker, path in zip(workers, sockets, strict=True):
            await stack.enter_async_context(
                ControlServer(worker.answers_instead or worker.answers, {"watch": worker.watch}).listening(
                    path
                )
            )
        sockets.append(folder / "of-one-that-is-being-started")
        control = WorkersControl(sockets, lambda: {"pid": 99}, {"restart": lambda: ordered.append("restart")})
        server = ControlServer(control.answers, control.streams)
        await stack.enter_async_context(server.listening(folder / "control.sock"))
        yield await stack.enter_async_context(ControlClient.connected(folder / "control.sock")), ordered


async def test_all_calls_and_each(tmp_path: Path) -> None:
    """The oldest first; an order reaches the one that has the call, with who gave it."""
    one, two = ScriptedWorker(1, "c2"), ScriptedWorker(2, "c1", "c3")
    async with asking(tmp_path, one, two) as (client, ordered):
        assert [call["id"] for call in await client.ask("calls")] == ["c1", "c2", "c3"]
        await client.ask("end", call="c3", by="api ops")
        assert (one.ended, two.ended) == ([], [("c3", "api ops")])
        with pytest.raises(Refusal, match="no call") as refused:
            await client.ask("end", call="c9")
        assert refused.value.status == 404
        about = await client.ask("about")
        assert (about["calls"], about["max_calls"], about["pid"]) == (3, 20, 99)
        await client.ask("restart")
        assert ordered == ["restart"]


async def test_a_worker_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps nobody waiting: what the others have is told and ordered all the same."""
    monkeypatch.setattr(module, "ABOUT_WITHIN_S", 0.2)
    one, hung = ScriptedWorker(1, "c1"), ScriptedWorker(0, "c2")

    async def hangs(_question: Question, _by: str) -> None:
        await asyncio.Event().wait()

    hung.answers_instead = dict.fromkeys(hung.answers, hangs)
    async with asking(tmp_path, hung, one) as (client, _), within(10):
        assert [call["id"] for call in await client.ask("calls")] == ["c1"]
        assert (await client.ask("about"))["calls"] == 1
        await client.ask("end", call="c1", by="ops")
        assert one.ended == [("c1", "ops")]
        assert await anext(client.watch("c1")) == {"call": "c1"}


async def test_calls_of_browsers(tmp_path: Path) -> None:
    """Are the first worker's, and of whose call is taken over; they are found again wherever they are."""
    one, two = ScriptedWorker(1, "c1"), ScriptedWorker(2, "c2")
    async with asking(tmp_path, one, two) as (client, _):
        assert (await client.ask("browser", number="100", by="api ops"))["call_id"] == "rtc_1"
        assert (await client.ask("browser", take_over="c2", by="api ops"))["call_id"] == "rtc_2"
        assert (one.rung, two.rung) == ([("100", "api ops")], [("c2", "api ops")])
        with pytest.raises(Refusal, match="no call") as refused:
            await client.ask("browser", take_over="c9")
        assert refused.value.status == 404
        for call_id, found in (("rtc_2", True), ("rtc_9", False)):
            assert await client.ask("browser_end", call_id=call_id) == {"found": found}
            number = "100" if found else None
            assert await client.ask("browser_look", call_id=call_id) == {"number": number}


async def test_what_happens_in_all(tmp_path: Path) -> None:
    """Is told as one stream; that of one call is its worker's."""
    async with asking(tmp_path, ScriptedWorker(1, "c1"), ScriptedWorker(2, "c2")) as (client, _):
        watching = client.watch()
        assert {(await anext(watching))["call"] for _ in range(2)} == {"c1", "c2"}
    async with asking(tmp_path, ScriptedWorker(1, "c1"), ScriptedWorker(2, "c2")) as (client, _):
        assert (await anext(client.watch("c2")))["call"] == "c2"
    async with asking(tmp_path, ScriptedWorker(1, "c1")) as (client, _):
        with pytest.raises(Refusal, match="no call"):
            await anext(client.watch("c9"))


async def test_workers_that_are_all_away(tmp_path: Path) -> None:
    """Are told as such."""
    async with asking(tmp_path) as (client, _):
        with pytest.raises(Refusal, match="being started"):
            await client.ask("calls")
