"""A socket that only its owner may open; what is asked of calls there is in test_control_socket.py."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import BadInput, ControlError
from gateway.node import control_server as module
from gateway.node.control_client import ControlClient, Refusal
from gateway.node.control_server import ControlServer, Question


async def echo(question: Question, by: str) -> dict[str, Any]:
    """Return what was asked, and by whom."""
    return {"text": question.get("text"), "by": by}


async def wrong(_question: Question, _by: str) -> None:
    """Find a mistake in the question."""
    raise BadInput("control", "text", None, "write one")


async def slow(_question: Question, _by: str) -> None:
    """Take too long."""
    await asyncio.sleep(60)


async def watch(
    question: Question, _by: str, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Tell one thing."""
    writer.write(module.line({"id": question.get("id"), "ok": None}))
    writer.write(module.line({"watched": {"call": question.get("call")}}))


async def test_answers_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other on a connection; what goes wrong has a status as HTTP has it."""
    monkeypatch.setattr(module, "ANSWER_WITHIN_S", 0.1)
    server = ControlServer({"echo": echo, "wrong": wrong, "slow": slow}, {"watch": watch})
    path = tmp_path / "socket"
    async with server.listening(path), ControlClient.connected(path) as client:
        told = await client.ask("echo", text="a", by="api ops")
        assert told == {"text": "a", "by": "api ops"}
        for do, status in (("wrong", 400), ("slow", 504), ("other", 400)):
            with pytest.raises(Refusal) as refused:
                await client.ask(do)
            assert refused.value.status == status
        assert [line async for line in client.watch("c1")] == [{"call": "c1"}]
        with pytest.raises((BadInput, ControlError)):
            await client.ask("echo")
    assert not path.exists()
