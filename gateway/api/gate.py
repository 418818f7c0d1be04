"""What stands before every route: is this meant for us, who asks, may they, and not too often.

Default is no: a route that is added later asks for a token without having to say so.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Collection, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.allowance import Allowance
from gateway.api.origin import host_fault, origin_fault
from gateway.errors import BadInput
from gateway.node.api_tokens import Role, TokenFile
from gateway.webrtc.ephemeral_keys import PREFIX, EphemeralKeys
from gateway.webrtc.offered_key import key_offered
from gateway.webrtc.origins import shown_to

log = structlog.get_logger(__name__)

OPEN = frozenset({"/healthz", "/readyz"})
"""What may be asked without a token."""
FOR_PAGES = "/v1/realtime"
"""What pages of other sites may ask, those that are named; by a key or a token, never by a cookie."""
OFFERS = frozenset({FOR_PAGES, f"{FOR_PAGES}/calls", f"{FOR_PAGES}/connect"})
"""What a page's key is good for."""
ENTER = "/enter"
"""Where a one-time code becomes a cookie."""
BESIDE = FOR_PAGES
"""Where a WebSocket beside a page's call is opened; there are no others."""
COOKIE_SECONDS = 12 * 3600
MOST_COOKIES = 100
LONGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request's body."""
REQUESTS = 200, 50.0
"""At once, and a second, of one token."""
FAILURES = 20, 0.2
"""Wrong or missing tokens at once, and a second, of one address; it is answered 429 then."""
LOCKED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Not let in</title>
<meta name="viewport" content="width=device-width"><h1>This browser has not been let in</h1>
<p>Open the address that the gateway has printed at its start, which holds once. Another one is printed by
<code>gateway token link</code>, in the folder where the gateway runs.</p></html>
"""
"""What a person is told who has no cookie."""
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and what they may."""

    name: str
    role: Role
    key: str = ""
    """A page's, which is good for one call and nothing else."""


class NotAdmitted(Exception):
    """A request that goes no further, with the status and the words of its answer."""

    def __init__(self, status: int, why: str, **headers: str) -> None:
        self.response = refusal(status, why, **headers)
        super().__init__(why)


class Stranger(NotAdmitted):
    """A browser that has not been let in, or not any more: a person reads the answer."""

    def __init__(self) -> None:
        super().__init__(401, "a browser that has not been let in")
        self.response = HTMLResponse(LOCKED, 401, {"www-authenticate": "Bearer"})


def refusal(status: int, why: str, **headers: str) -> Response:
    """Return an answer that says why not."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(orjson.dumps({"error": why}), status, named, "application/json")


class Gate:
    """An ASGI application around another. `hosts`: names by which we are asked, beside our address.

    `origins`: sites whose pages may ring, with one of the `keys`.
    """

    def __init__(
        self,
        app: ASGIApp,
        tokens: TokenFile,
        hosts: Collection[str],
        origins: Collection[str] = (),
        keys: EphemeralKeys | None = None,
    ) -> None:
        self.app = app
        self._tokens = tokens
        self._hosts = hosts
        self._origins = frozenset(one.lower() for one in origins)
        self._keys = keys or EphemeralKeys()
        self._cookies: dict[str, float] = {}  # digest -> until when, in Unix seconds
        self._requests = Allowance(*REQUESTS)
        self._failures = Allowance(*FAILURES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        elsewhere = self._page_elsewhere(scope, headers)
        seen = () if elsewhere is None else shown_to(elsewhere, _wanted(headers))
        sending = _guarded(send, [(name.lower().encode(), value.encode()) for name, value in seen])
        try:
            self._admit(scope, headers, is_ours=elsewhere is None)
        except NotAdmitted as refused:
            await refused.response(scope, receive, sending)
            return
        if elsewhere is not None and _method(scope) == "OPTIONS":
            await Response(status_code=204)(scope, receive, sending)
            return
        await self.app(scope, receive, sending)

    def _page_elsewhere(self, scope: Scope, headers: Headers) -> str | None:
        """Return the site of a page that is not ours and may ring; None of all others."""
        origin = headers.get("origin")
        if origin is None or not (scope["path"] == FOR_PAGES or scope["path"].startswith(f"{FOR_PAGES}/")):
            return None
        is_ours = not origin_fault(headers, "POST")
        return origin if not is_ours and origin.lower() in self._origins else None

    def cookie(self, scope: Scope) -> str:
        """Return what a browser has to show from now on: a Set-Cookie header."""
        now = time.time()
        self._cookies = {one: until for one, until in self._cookies.items() if until > now}
        while len(self._cookies) >= MOST_COOKIES:
            del self._cookies[next(iter(self._cookies))]
        value = secrets.token_urlsafe(32)
        self._cookies[_digest(value)] = now + COOKIE_SECONDS
        secure = "; Secure" if scope["scheme"] == "https" else ""
        attributes = f"Path=/; HttpOnly; SameSite=Strict; Max-Age={COOKIE_SECONDS}{secure}"
        return f"{_cookie_name(scope)}={value}; {attributes}"

    def enter(self, code: str, scope: Scope) -> str | None:
        """Return the cookie for a one-time code, None if it does not hold."""
        return self.cookie(scope) if self._tokens.use_code(code) else None

    def _admit(self, scope: Scope, headers: Headers, *, is_ours: bool) -> None:
        address = scope["server"][0] if scope.get("server") else ""
        if len(headers.getlist("host")) != 1:
            raise NotAdmitted(403, "a request names one host")
        if fault := host_fault(headers["host"], address, self._hosts):
            raise NotAdmitted(403, fault)
        if is_ours and (fault := origin_fault(headers, _method(scope))):
            raise NotAdmitted(403, fault)
        _check_body(headers)
        if scope["path"] in OPEN or (not is_ours and _method(scope) == "OPTIONS"):
            return
        now = time.monotonic()
        client = scope["client"][0] if scope.get("client") else ""
        asker = self._asker(headers, scope, by_cookie=is_ours and scope["type"] == "http")
        if asker is None:
            if wait := self._failures.wait(client, now):
                raise NotAdmitted(
                    429, "too many requests without a token", retry_after=str(round(wait + 0.5))
                )
            if scope["path"] != ENTER:
                self._failures.take(client, now)
                if scope["path"] == "/" and "text/html" in headers.get("accept", ""):
                    raise Stranger
                raise NotAdmitted(401, "a token is needed: see `gateway token`", www_authenticate="Bearer")
            self._failures.take(client, now)
            asker = Asker("nobody", Role.READ)
        elif wait := self._requests.wait(asker.name, now):
            raise NotAdmitted(429, "too many requests", retry_after=str(round(wait + 0.5)))
        else:
            self._requests.take(asker.name, now)
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["asker"] = asker

    def _asker(self, headers: Headers, scope: Scope, *, by_cookie: bool) -> Asker | None:
        """Return who asks: by a token, a page's key, or a browser's cookie."""
        kind, _, token = _authorization(headers, scope).partition(" ")
        if kind.lower() == "bearer" and token.strip().startswith(PREFIX):
            page = self._keys.find(token.strip()) if scope["path"] in OFFERS else None
            return None if page is None else Asker(f"page of {page.of}", Role.READ, token.strip())
        if kind or not by_cookie:
            known = self._tokens_now().find(token.strip()) if kind.lower() == "bearer" else None
            return Asker(known.name, known.role) if known else None
        name = f"{_cookie_name(scope)}="
        for text in headers.get("cookie", "").split(";"):
            if text.strip().startswith(name):
                until = self._cookies.get(_digest(text.strip().removeprefix(name)), 0.0)
                return Asker("browser", Role.ADMIN) if until > time.time() else None
        return None

    def _tokens_now(self) -> Any:
        try:
            return self._tokens.read()
        except BadInput as error:
            log.error("api.tokens_unreadable", error=str(error))
            raise NotAdmitted(503, "the tokens cannot be read: see the log") from None


def _method(scope: Scope) -> str:
    """Return the method of a request; a WebSocket is opened by a GET."""
    return str(scope.get("method", "GET"))


def _authorization(headers: Headers, scope: Scope) -> str:
    """Return what is shown to be let in: a page's WebSocket cannot have headers, but subprotocols."""
    if scope["type"] == "websocket" and (key := key_offered(headers.get("sec-websocket-protocol", ""))):
        return f"Bearer {key}"
    return headers.get("authorization", "")


def _check_body(headers: Headers) -> None:
    length = headers.get("content-length")
    if length is None:
        if "transfer-encoding" in headers:
            raise NotAdmitted(411, "say how long the body is")
    elif not length.isascii() or not length.isdigit() or int(length) > LONGEST_BODY:
        raise NotAdmitted(413, f"a body has {LONGEST_BODY} bytes at most")


def _cookie_name(scope: Scope) -> str:
    """Name it by our port: cookies know none, and two gateways of one machine would take each other's."""
    return f"gateway_{scope['server'][1] if scope.get('server') else 0}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()


def _wanted(headers: Headers) -> str:
    return headers.get("access-control-request-headers", "")


def _guarded(send: Send, more: Sequence[tuple[bytes, bytes]] = ()) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            own = {name.lower() for name, _value in message.get("headers", ())}
            added = [(name, value) for name, value in HEADERS if name not in own]
            message["headers"] = [*message.get("headers", ()), *added, *more]
        await send(message)

    return sending
