"""Where a person with a browser comes in: a one-time code becomes a cookie."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from gateway.api.gate import ENTER, Gate
from gateway.api.page import STYLE, page

router = APIRouter(include_in_schema=False)
DOCS = "/docs"


@router.get(ENTER)
async def enter(request: Request, code: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Take a code, once, and let the browser in."""
    gate: Gate = request.app.state.gate
    cookie = gate.enter(code, request.scope)
    if cookie is None:
        raise HTTPException(403, "this code was used or is too old: `gateway token link` makes another")
    return RedirectResponse("/", 303, {"set-cookie": cookie})


@router.get(DOCS)
async def docs(request: Request) -> Response:
    """Show what may be asked, as a page."""
    address = f"{request.url.scheme}://{request.headers['host']}"
    return HTMLResponse(page(request.app.openapi(), address))


@router.get(f"{DOCS}.css")
async def style() -> Response:
    """Return how that page looks."""
    return Response(STYLE, media_type="text/css")
