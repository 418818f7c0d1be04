"""A worker tells its supervisor how the calls that it made came out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.calls.outcomes import OutcomeLog
from gateway.control import CallOutcome
from gateway.node.control_server import ControlServer, Question
from gateway.node.workers import outcome_report as module
from gateway.node.workers.outcome_report import OutcomeReport
from tests.equipment.patience import within


def outcome(call: str) -> CallOutcome:
    """Return how a call came out."""
    return CallOutcome(0, call, "+4930", "reminder", "rejected", "busy", 486, 17, 2.5, None)


class ListeningSupervisor:
    """Hears what it is told."""

    def __init__(self) -> None:
        self.heard: list[Mapping[str, Any]] = []
        self.news = asyncio.Event()

    async def came_out(self, question: Question, _by: str) -> None:
        """Hear outcomes."""
        self.heard += question["outcomes"]
        self.news.set()

    @property
    def calls(self) -> list[str]:
        """Of whose outcomes it was told; one that was on its way at the end comes once more."""
        return list(dict.fromkeys(one["call"] for one in self.heard))

    @property
    def server(self) -> ControlServer:
        """Where it listens."""
        return ControlServer({"came_out": self.came_out}, {})


async def test_each_is_told_at_once(tmp_path: Path) -> None:
    """In the order in which they came out, with all that is known."""
    supervisor, log = ListeningSupervisor(), OutcomeLog()
    at = tmp_path / "counts"
    async with supervisor.server.listening(at), OutcomeReport(log, at).kept(), within(10):
        log.add(outcome("0a0a0a01"))
        await supervisor.news.wait()
        log.add(outcome("0a0a0a02"))
        log.add(outcome("0a0a0a03"))
    assert supervisor.calls == ["0a0a0a01", "0a0a0a02", "0a0a0a03"]
    first = supervisor.heard[0]
    assert (first["called"], first["reason"], first["status"], first["cause"]) == ("+4930", "busy", 486, 17)


async def test_what_is_left_at_the_end(tmp_path: Path) -> None:
    """Is told before the process ends."""
    supervisor, log = ListeningSupervisor(), OutcomeLog()
    at = tmp_path / "counts"
    async with supervisor.server.listening(at), OutcomeReport(log, at).kept():
        log.add(outcome("0a0a0a01"))
    assert supervisor.calls == ["0a0a0a01"]


async def test_a_supervisor_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told again until it has heard; but nobody waits for it for ever."""
    monkeypatch.setattr(module, "AGAIN_S", 0.01)
    monkeypatch.setattr(module, "REST_WITHIN_S", 0.1)
    supervisor, log = ListeningSupervisor(), OutcomeLog()
    report = OutcomeReport(log, tmp_path / "counts")
    log.add(outcome("0a0a0a01"))
    async with within(10), report.kept():
        pass
    async with within(10), supervisor.server.listening(tmp_path / "counts"), report.kept():
        await supervisor.news.wait()
    assert supervisor.calls == ["0a0a0a01"]
