"""The console: a page for a browser, which asks this API as others do. Its files: `gateway/api/web`."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse

router = APIRouter(include_in_schema=False)

WEB = Path(__file__).parent.parent / "web"
KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", "": "text/plain"}
"""What is served, by the end of its name; a licence has none."""
_INLINE = re.compile(rb"<script type=\"importmap\">(.*?)</script>", re.DOTALL)


@router.get("/")
async def console() -> Response:
    """Show the console."""
    page, policy = _page()
    return Response(page, media_type="text/html", headers={"content-security-policy": policy})


@router.get("/web/{file:path}")
async def part(file: Annotated[str, InPath(max_length=200, pattern=r"^[A-Za-z0-9._/-]+$")]) -> Response:
    """Return a part of it."""
    path = (WEB / file).resolve()
    if path.is_relative_to(WEB) and path.is_file() and (kind := KINDS.get(path.suffix)) is not None:
        return FileResponse(path, media_type=kind, headers={"cache-control": "no-cache"})
    raise HTTPException(404, "the console has no such part")


@cache
def _page() -> tuple[bytes, str]:
    """Return the page, and what it may do: load what is here, ask this API, and nothing else."""
    page = (WEB / "index.html").read_bytes()
    found = _INLINE.search(page)
    assert found is not None, "the page says where its libraries are"
    digest = base64.b64encode(hashlib.sha256(found[1]).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page, policy
