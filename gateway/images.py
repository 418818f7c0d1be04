"""Images for a model to look at: a file or an address becomes the data URL that the protocol wants."""

from __future__ import annotations

import asyncio
import base64
from http import HTTPStatus
from pathlib import Path

from gateway.errors import BadInput
from gateway.http_client import HttpClient, HttpFault, HttpQuestion
from gateway.tasks import within

MAX_BYTES = 5 * 1024 * 1024
"""Of an image: a photograph for a screen has a tenth of it."""
FETCH_WITHIN = 5.0
"""Seconds for an image from an address, while a caller may be waiting."""

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""What the realtime models take, by how a file of the kind begins: names and headers may lie."""


async def data_url(source: str | Path, *, trusted: bool = False) -> str:
    """Read a file, or fetch `http(s)://`, as `data:image/...;base64,...`.

    `trusted`: the address was written by whoever runs this gateway, and may be inside. Raises BadInput for
    what is missing, too large, or neither PNG nor JPEG.
    """
    where = str(source)
    if where.startswith(("http://", "https://")):
        data = await _fetched(where, trusted=trusted)
    else:
        data = await asyncio.to_thread(_read, Path(source))
    if len(data) > MAX_BYTES:
        raise BadInput(where, "image", f"{len(data)} bytes", f"at most {MAX_BYTES} bytes")
    kind = _kind(data)
    if kind is None:
        raise BadInput(where, "image", data[:8], "write a PNG or JPEG file")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def fault(path: Path) -> str:
    """Return what keeps a file from being shown; "" if nothing does."""
    try:
        data = _read(path)
    except BadInput as error:
        return error.cure
    if len(data) > MAX_BYTES:
        return f"at most {MAX_BYTES} bytes"
    return "" if _kind(data) else "write a PNG or JPEG file"


def _kind(data: bytes) -> str | None:
    return next((kind for signature, kind in _SIGNATURES.items() if data.startswith(signature)), None)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(str(path), "image", str(path), error.strerror or "cannot be read") from None


async def _fetched(url: str, *, trusted: bool) -> bytes:
    question = HttpQuestion("GET", url, {}, trusted=trusted, most_bytes=MAX_BYTES + 1)
    try:
        async with within(FETCH_WITHIN), HttpClient() as http:
            answer = await http.ask(question)
    except TimeoutError:
        raise BadInput(url, "image", url, f"no answer within {FETCH_WITHIN:g} s") from None
    except HttpFault as fault:
        raise BadInput(url, "image", url, str(fault)) from None
    if answer.status != HTTPStatus.OK:
        raise BadInput(url, "image", answer.status, "name an address that answers with 200")
    return answer.content
