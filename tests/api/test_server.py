"""The API's process: below the gateway's priority, ended by a signal while somebody listens."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest
import uvicorn

from gateway.api import server
from gateway.errors import BadInput
from gateway.node.api_settings import ApiSettings
from gateway.node.settings import Settings
from tests.equipment import patience


async def test_without_an_address(tmp_path: Path) -> None:
    """It says what to write."""
    for settings in (Settings(), Settings(api=ApiSettings(), control=None)):
        with pytest.raises(BadInput, match="say where"):
            await server.serve(settings, None)


async def test_listeners_do_not_keep_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever hears events is let go when the process is to end."""
    monkeypatch.setattr(server, "NICE", 0)
    api = ApiSettings(tokens=tmp_path / "tokens.json")
    servers: list[uvicorn.Server] = []
    made = uvicorn.Server
    monkeypatch.setattr(uvicorn, "Server", lambda config: servers.append(made(config)) or servers[-1])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings = Settings(api=api, control=tmp_path / "s")
        async with asyncio.TaskGroup() as tasks, patience.within(10):
            running = tasks.create_task(server.serve(settings, os.dup(listening.fileno())))
            while not servers or not servers[0].started:  # noqa: ASYNC110 - told in no other way
                await asyncio.sleep(0.02)
            servers[0].should_exit = True
            await running
