"""Who is told of calls besides, and where recordings go: whether they can be reached, and a bucket used."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from gateway.doctor.finding import Finding, fine, look
from gateway.errors import BadInput
from gateway.node.addresses import address
from gateway.node.cluster.connection import connect
from gateway.node.cluster.settings import ClusterSettings
from gateway.node.settings import Settings
from gateway.records.settings import UploadSettings
from gateway.tasks import within

WITHIN_S = 3.0
BUCKET_WITHIN_S = 5
"""Seconds that each request to object storage may take."""


async def look_at_outlets(settings: Settings) -> list[Finding]:
    """Look at those that the settings name; all that is sent is a file of a few bytes, which is deleted."""
    found = []
    if settings.cluster is not None:
        with suppress(BadInput, ImportError):  # told with the settings
            found.append(await _redis(settings.cluster))
    if settings.hep is not None:
        found.append(await _homer(settings.hep.to))
    if settings.traces is not None:
        with suppress(BadInput):  # a secret that is missing was told with the settings
            found.append(await _reached("traces", settings.traces.endpoint(), "traces.otlp", "the collector"))
    if settings.webhook is not None:
        with suppress(BadInput):
            url, _key = settings.webhook.target()
            found.append(await _reached("webhook", url, "webhook.url", "the server"))
    if settings.recording.upload is not None:
        with suppress(BadInput, ImportError):  # likewise
            found.append(await asyncio.to_thread(_bucket, settings.recording.upload))
    return found


async def _redis(cluster: ClusterSettings) -> Finding:
    client, place = connect(cluster, WITHIN_S), cluster.redis.text
    from redis import RedisError  # noqa: PLC0415 - 0.2 s, where it is used

    try:
        await client.ping()
    except (RedisError, OSError) as error:
        cure = "start it, or correct `cluster.redis`: without it each process has its share of every bound"
        return look("Redis", f"{place} does not answer: {error or 'no answer'}", cure)
    finally:
        await client.aclose()
    return fine("Redis", f"{place} answers")


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


async def _reached(what: str, url: str, key: str, whose: str) -> Finding:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with within(WITHIN_S):
            _reader, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError) as error:
        cure = f"start {whose}, or correct `{key}`; calls go on without"
        return look(what, f"{parts.hostname}:{port} does not answer: {error or 'no answer'}", cure)
    writer.close()
    return fine(what, f"{parts.hostname}:{port} answers")


def _bucket(upload: UploadSettings) -> Finding:
    """Use it as an upload would. Raises BadInput for a missing secret, ImportError without obstore."""
    from gateway.records.recording.object_store import (  # noqa: PLC0415 - 40 MB, where it is used
        NoSuchBucket,
        ObjectStore,
        StoreFault,
        StoreRefused,
    )

    what = "object storage"
    try:
        ObjectStore(upload, BUCKET_WITHIN_S).try_out()
    except NoSuchBucket:
        return look(what, f"there is no bucket {upload.bucket}", "make it, or correct `recording.upload.url`")
    except StoreRefused as fault:
        cure = "correct `recording.upload`'s access_key and secret_key, or let them write and delete there"
        return look(what, f"{upload.url}: {fault}", cure)
    except StoreFault as fault:
        cure = "is it up, and are `endpoint` and `region` of `recording.upload` right? Recordings wait here"
        return look(what, f"{upload.url}: {fault}", cure)
    return fine(what, f"{upload.url} takes files, and deletes them")
