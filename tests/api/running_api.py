"""The control API over real sockets, with scripted calls behind it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

from gateway.api import app
from gateway.api.gate import Gate
from gateway.api.link import GatewayLink
from gateway.api.news import News
from gateway.api.server import WEBSOCKETS
from gateway.call import Announcement
from gateway.calls.process_control import ProcessControl
from gateway.dialplan.watch import LiveDialplan
from gateway.node.api_settings import ApiSettings
from gateway.node.api_tokens import Role, TokenFile
from gateway.node.control_server import Question
from gateway.node.control_socket import ControlSocket
from gateway.node.process_questions import ProcessQuestions
from gateway.records.settings import RecordingSettings
from tests.calls.test_registry import AGENT, House, house
from tests.equipment import patience

PLANS: Mapping[str, Any] = {"agent": AGENT, "night": AGENT | {"numbers": ["200"]}}

PAGES_CALL = "rtc_page"
LOAD: dict[str, Any] = {"carries": None, "refuses": "", "refused_for_load": 0}
TRUNKS: list[dict[str, Any]] = [
    {
        "name": "carrier",
        "state": "registered",
        "detail": "",
        "until_s": 55.0,
        "again_s": None,
        "algorithm": "SHA-256",
        "calls": 1,
        "place": "sip.carrier.example",
        "transport": "udp",
        "encryption": "optional",
    }
]


async def speak(text: str) -> Announcement:
    """Speak, but for one thing."""
    return Announcement() if text == "unspeakable" else Announcement(b"\1\0" * 240, text)


async def browser_look(question: Question, _by: str) -> dict[str, str | None]:
    """Know of one page's call, which rings 100."""
    return {"number": "100" if question["call_id"] == PAGES_CALL else None}


@dataclass
class RunningApi:
    """The calls, the API, and clients that may read, operate, and do everything."""

    house: House
    app: FastAPI
    gate: Gate
    link: GatewayLink
    url: str
    tokens: TokenFile
    read: httpx2.AsyncClient
    operate: httpx2.AsyncClient
    admin: httpx2.AsyncClient
    nobody: httpx2.AsyncClient
    stopped: asyncio.Event
    control: Path


@asynccontextmanager
async def running_api(
    folder: Path,
    database: Path | None = None,
    messages: Path | None = None,
    recordings: RecordingSettings | None = None,
    *,
    seconds: float = 20,
    **api: Any,
) -> AsyncIterator[RunningApi]:
    """Run it on a free port."""
    control = folder / "var" / "control.sock"
    settings = ApiSettings(tokens=folder / "var" / "tokens.json", **api)
    tokens = TokenFile(settings.tokens)
    stopped = asyncio.Event()
    async with house(folder, seconds=seconds, **PLANS) as opened:
        plans = LiveDialplan(folder)
        process = ProcessQuestions(opened.worker, plans, more, lambda: TRUNKS, stopped.set)
        answers = {**process.answers, "browser_look": browser_look}
        listens = ControlSocket(ProcessControl(opened.worker), speak, answers).listening(control)
        made, gate, news = app.make(settings, control, database, messages, recordings)
        async with listens, served(gate, news) as url, clients(url, tokens) as asked:
            yield RunningApi(opened, made, gate, made.state.link, url, tokens, *asked, stopped, control)


def more() -> dict[str, object]:
    """Return what only a running gateway knows."""
    return {
        "sip": "127.0.0.1:5060",
        "media": "native",
        "embedded": "none",
        "cluster": "none",
        "late_ticks": 0,
        **LOAD,
    }


@asynccontextmanager
async def clients(url: str, tokens: TokenFile) -> AsyncIterator[tuple[httpx2.AsyncClient, ...]]:
    """Return one of each role, and one of none."""
    made = [
        httpx2.AsyncClient(
            base_url=url,
            timeout=patience.seconds(10),
            headers={"Authorization": f"Bearer {tokens.add(role.word, role)}"},
        )
        for role in Role
    ]
    made.append(httpx2.AsyncClient(base_url=url, timeout=patience.seconds(10)))
    try:
        yield tuple(made)
    finally:
        for client in made:
            await client.aclose()


@asynccontextmanager
async def served(gate: Gate, news: News) -> AsyncIterator[str]:
    """Serve an application on a free port; return where."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            gate, log_config=None, lifespan="on", timeout_graceful_shutdown=1, **WEBSOCKETS
        )
        server = uvicorn.Server(config)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server._serve([listening]))
            async with patience.within(10):
                while not server.started:  # noqa: ASYNC110 - the library tells it in no other way
                    await asyncio.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            news.close()
            server.should_exit = True
            await serving
