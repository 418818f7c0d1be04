"""One request at a time to somebody else's server: judged, bounded, redirected on its own host only."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

from gateway.errors import GatewayError
from gateway.http_client.addresses import is_inside_name, literal, odd_number

if TYPE_CHECKING:
    import httpx2

    from gateway.http_client.names import Names

MOST_BYTES = 65_536
"""Of an answer, where the request says nothing of it."""
MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_KEEPS_METHOD = {307, 308}
_DEFAULT_PORT = {"http": 80, "https": 443}
_loaded: list[Any] = []

# Both log each URL, with whatever secret was filled into it.
logging.getLogger("httpx2").setLevel(logging.WARNING)
logging.getLogger("httpcore2").setLevel(logging.WARNING)


class HttpFault(GatewayError):
    """There is no answer to a request; the message has no secret in it.

    `sent`: the server may have taken the request all the same.
    """

    status = 502

    def __init__(self, why: str, *, sent: bool) -> None:
        self.sent = sent
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What a server said, whatever its status; `content` as it is, not decompressed."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class HttpQuestion:
    """A request. `trusted`: its host was written by whoever runs this gateway, and may be inside by its name.

    `inside`: by whatever address. The host of one that is not trusted is public.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None
    trusted: bool = True
    inside: bool = False
    most_bytes: int = MOST_BYTES
    redirects: bool = True


class HttpClient:
    """A process needs one; its open connections serve all calls."""

    def __init__(self, names: Names | None = None) -> None:
        self._names = names
        self._clients: dict[bool, httpx2.AsyncClient] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close what is open. Idempotent."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()
        if self._names is not None:
            await self._names.close()

    async def ask(self, question: HttpQuestion) -> HttpReply:
        """Return the answer. The time is the caller's to bound. Raises HttpFault."""
        method, url, content = question.method, question.url, question.content
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._send(question, method, url, content)
            target = answer.headers.get("location", "")
            if not question.redirects or answer.status not in _REDIRECTS or not target:
                return answer
            target = urljoin(url, target)
            if not same_host(url, target):
                raise HttpFault("redirects to another host", sent=True)
            if answer.status not in _KEEPS_METHOD and method not in ("GET", "HEAD"):
                method, content = "GET", None
            url = target
        raise HttpFault("redirects without end", sent=True)

    async def client_for(self, url: str, *, trusted: bool, inside: bool) -> httpx2.AsyncClient:
        """Return a client for requests to a host, to be used and closed by whoever asks. Raises HttpFault."""
        return self._made(await _library(), _may_be_inside(url, trusted=trusted, inside=inside))

    def _made(self, library: Any, inside: bool) -> httpx2.AsyncClient:
        self._names = self._names or library.Names()
        client: httpx2.AsyncClient = library.httpx2.AsyncClient(
            transport=library.JudgedTransport(self._names, inside=inside),
            follow_redirects=False,
            timeout=None,
            headers={"Accept-Encoding": "identity", "User-Agent": "sip-voice-gateway"},
        )
        return client

    async def _send(self, question: HttpQuestion, method: str, url: str, content: bytes | None) -> HttpReply:
        inside = _may_be_inside(url, trusted=question.trusted, inside=question.inside)
        library = await _library()
        client = self._clients.get(inside)
        if client is None:
            client = self._clients[inside] = self._made(library, inside)
        headers = dict(question.headers)
        if content is None:
            headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        try:
            stream = client.stream(method, url, content=content, headers=_encoded(headers))
            async with stream as response:
                return HttpReply(
                    response.status_code, response.headers, await _bounded(response, question.most_bytes)
                )
        except library.ForbiddenAddress as error:
            raise HttpFault(str(error), sent=False) from None
        except (library.httpx2.ConnectError, library.httpx2.ConnectTimeout) as error:
            raise HttpFault(f"cannot be reached ({type(error).__name__})", sent=False) from None
        except (library.httpx2.HTTPError, library.httpx2.InvalidURL, UnicodeError, ValueError) as error:
            # The texts of the library may quote the URL, in which there may be a secret.
            raise HttpFault(type(error).__name__, sent=True) from None


async def _library() -> Any:
    """Return what connects, loaded beside the event loop when the first request needs it."""
    if not _loaded:
        _loaded.append(await asyncio.to_thread(importlib.import_module, "gateway.http_client.transport"))
    return _loaded[0]


async def _bounded(response: httpx2.Response, most: int) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > most:
            raise HttpFault(f"answered more than {most} bytes", sent=True)
    return bytes(content)


def _may_be_inside(url: str, *, trusted: bool, inside: bool) -> bool:
    """Return whether a request may reach this machine and its network. Raises HttpFault for no URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in _DEFAULT_PORT:
        raise HttpFault("not an address of a web server", sent=False)
    if odd_number(host):
        raise HttpFault("write an address as four numbers, such as 192.0.2.1", sent=False)
    return inside or (trusted and (literal(host) is not None or is_inside_name(host)))


def same_host(url: str, target: str) -> bool:
    """Return whether a redirect stays: the same scheme, host and port, or from http to https of that host."""
    before, after = urlsplit(url), urlsplit(target)
    try:
        ports = [one.port or _DEFAULT_PORT.get(one.scheme) for one in (before, after)]
    except ValueError:
        return False
    if before.hostname != after.hostname or after.username is not None:
        return False
    upgraded = (before.scheme, after.scheme) == ("http", "https") and ports == [80, 443]
    return upgraded or (before.scheme == after.scheme and ports[0] == ports[1])


def _encoded(headers: Mapping[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}
