"""What every route takes: the gateway to ask, who asks, and how answers are written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Annotated, Any

import orjson
from fastapi import Depends, HTTPException, Path, Request, Security
from fastapi.responses import Response
from fastapi.security import HTTPBearer

from gateway.api.gate import Asker
from gateway.api.link import GatewayLink
from gateway.api.news import News
from gateway.api.shapes import WhyNot
from gateway.node.api_tokens import Role

bearer = HTTPBearer(
    auto_error=False, description="A token of `gateway token`; a browser's cookie does as well."
)

CallId = Annotated[
    str, Path(pattern="^[A-Za-z0-9_-]{1,64}$", description="The id of a call, as in its log lines.")
]


def needs(role: Role) -> Any:
    """Return what a router depends on: whoever asks has to have this role."""

    def check(request: Request) -> None:
        if request.state.asker.role < role:
            raise HTTPException(403, f"this token may {request.state.asker.role.word}; it takes {role.word}")

    return Security(_with_scheme(check))


def _with_scheme(check: Callable[[Request], None]) -> Callable[..., None]:
    def checked(request: Request, _token: Annotated[Any, Depends(bearer)]) -> None:
        check(request)

    return checked


def asker(request: Request) -> Asker:
    """Return who asks."""
    who: Asker = request.state.asker
    return who


def link(request: Request) -> GatewayLink:
    """Return the way to the gateway."""
    gateway: GatewayLink = request.app.state.link
    return gateway


def news(request: Request) -> News:
    """Return what happens there."""
    told: News = request.app.state.news
    return told


async def until_answered() -> AsyncIterator[AsyncExitStack]:
    """Return what is left when the answer has been sent, or nobody waits for it any more."""
    async with AsyncExitStack() as stack:
        yield stack


Until = Annotated[AsyncExitStack, Depends(until_answered)]
Who = Annotated[Asker, Depends(asker)]
Link = Annotated[GatewayLink, Depends(link)]
Told = Annotated[News, Depends(news)]


def json(value: Any, status: int = 200) -> Response:
    """Answer with a value that is known to have the right shape: the gateway has made it."""
    return Response(orjson.dumps(value, default=str), status, media_type="application/json")


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the answers that say why not."""
    words = {
        400: "what was asked for cannot be understood",
        401: "no token, or a wrong one",
        403: "the token's role does not allow it, or the request comes from elsewhere",
        404: "there is no such call",
        409: "it makes no sense where the call is now, or several calls begin so",
        413: "too long a body",
        422: "what was asked for does not have the right shape",
        429: "too many requests; Retry-After says when to come back",
        503: "the gateway does not answer",
        504: "it was not done in time",
    }
    usual = (401, 403, 413, 422, 429, 503, 504)
    return {status: {"model": WhyNot, "description": words[status]} for status in (*usual, *statuses)}
