"""The API as a process: takes the socket that the gateway listens on, serves until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from typing import Any

import structlog
import uvicorn

from gateway.api.app import make
from gateway.api.news import News
from gateway.errors import BadInput
from gateway.node.settings import Settings

log = structlog.get_logger(__name__)

NICE = 19
"""Below the gateway, with which we may share a processor: whatever it has to do goes first."""
WEBSOCKETS: Mapping[str, Any] = {
    "ws": "websockets-sansio",
    "ws_max_size": 256 * 1024,
    "ws_per_message_deflate": False,
}
"""How they are served: events are small, and come one by one."""
LOOK_S = 0.2
"""Seconds between two looks whether we are to stop."""


async def serve(settings: Settings, descriptor: int | None) -> None:
    """Serve until SIGTERM or SIGINT; `descriptor` is an open socket that listens already. Raises BadInput."""
    if settings.api is None or settings.control is None:
        cure = "say where (api: 127.0.0.1:8080), and have a control socket"
        raise BadInput("gateway.yaml", "api", "off", cure)
    os.nice(NICE)
    _app, gate, news = make(
        settings.api,
        settings.control,
        settings.records.database,
        settings.sip_messages,
        settings.recording,
    )
    host, port = settings.api.place()
    config = uvicorn.Config(
        gate,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
        **WEBSOCKETS,
    )
    server = uvicorn.Server(config)
    sockets = None if descriptor is None else [socket.socket(fileno=descriptor)]
    async with asyncio.TaskGroup() as tasks:
        ending = tasks.create_task(_end_listening(server, news))
        await server.serve(sockets)
        ending.cancel()


async def _end_listening(server: uvicorn.Server, news: News) -> None:
    """Let those who listen to events finish: the server would wait for them."""
    while not server.should_exit:  # noqa: ASYNC110 - the library tells it in no other way
        await asyncio.sleep(LOOK_S)
    news.close()
