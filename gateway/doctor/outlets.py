"""Who is told of calls besides: whether Homer's name leads anywhere, and a collector of traces is up."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from gateway.doctor.finding import Finding, fine, look
from gateway.errors import BadInput
from gateway.node.addresses import address
from gateway.node.settings import Settings
from gateway.tasks import within

WITHIN_S = 3.0


async def look_at_outlets(settings: Settings) -> list[Finding]:
    """Look at those that the settings name; nothing is sent to them."""
    found = []
    if settings.hep is not None:
        found.append(await _homer(settings.hep.to))
    if settings.traces is not None:
        with suppress(BadInput):  # a secret that is missing was told with the settings
            found.append(await _collector(settings.traces.endpoint()))
    return found


async def _homer(place: str) -> Finding:
    host, port = address(place)
    try:
        async with within(WITHIN_S):
            await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, TimeoutError) as error:
        return look(
            "Homer", f"{host} leads nowhere: {error or 'no answer'}", "correct `hep`, or the name server"
        )
    return fine("Homer", f"{place} by UDP: whether anybody listens there, Homer alone can say")


async def _collector(url: str) -> Finding:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with within(WITHIN_S):
            _reader, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError) as error:
        cure = "start the collector, or correct `traces.otlp`; calls go on without"
        return look("traces", f"{parts.hostname}:{port} does not answer: {error or 'no answer'}", cure)
    writer.close()
    return fine("traces", f"{parts.hostname}:{port} answers")
