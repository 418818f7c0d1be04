"""How the supervisor asks its workers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.node.control_client import GatewayAway, Refusal
from gateway.node.control_server import ControlServer, Question
from gateway.node.workers.asking import answer_or_fault, answers_or_faults, ask


async def _name(question: Question, by: str) -> str:
    return f"{question['call']} for {by}"


async def _refuses(_question: Question, _by: str) -> None:
    raise BadInput("control", "call", "c1", "another one")


async def _hangs(_question: Question, _by: str) -> None:
    await asyncio.Event().wait()


WORKER = ControlServer({"name": _name, "refuse": _refuses, "hang": _hangs}, {})


async def test_one_is_asked(tmp_path: Path) -> None:
    """With all that the question says, also for whom; its refusal is told in its own words."""
    async with WORKER.listening(tmp_path / "worker"):
        asked = {"id": 7, "do": "name", "call": "c1", "by": "api ops"}
        assert await ask(tmp_path / "worker", asked) == "c1 for api ops"
        with pytest.raises(Refusal, match="another one"):
            await ask(tmp_path / "worker", {"do": "refuse"})


async def test_one_that_is_away(tmp_path: Path) -> None:
    """Is told as such: it is being started."""
    with pytest.raises(GatewayAway, match="being started"):
        await ask(tmp_path / "worker", {"do": "name"})


async def test_what_each_answers(tmp_path: Path) -> None:
    """In their order, and what went wrong in the place of an answer; one that hangs is not waited for."""
    async with WORKER.listening(tmp_path / "worker"):
        paths = (tmp_path / "away", tmp_path / "worker")
        away, answered = await answers_or_faults(paths, {"do": "name", "call": "c1", "by": "ops"}, 5.0)
        assert isinstance(away, GatewayAway)
        assert answered == "c1 for ops"
        hung = await answer_or_fault(tmp_path / "worker", {"do": "hang"}, 0.05)
        assert isinstance(hung, GatewayAway)
