"""The gateway's process: how it is, and what may be ordered of it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.api.asking import Link, Who, json, needs, refusals
from gateway.api.shapes import LevelNamed, ProcessShown, ReloadShown, TrunksShown
from gateway.node.api_tokens import Role

seen = APIRouter(
    prefix="/v1/process", tags=["process"], dependencies=[needs(Role.READ)], responses=refusals()
)
lines = APIRouter(prefix="/v1", tags=["process"], dependencies=[needs(Role.READ)], responses=refusals())
ordered = APIRouter(
    prefix="/v1/process", tags=["process"], dependencies=[needs(Role.ADMIN)], responses=refusals(400)
)


@seen.get("", response_model=ProcessShown)
async def show_process(gateway: Link) -> Response:
    """Show how the gateway is: its calls, its capacity, whether it drains."""
    return json(await gateway.ask_or_recall("about"))


@lines.get("/trunks", response_model=TrunksShown)
async def list_trunks(gateway: Link) -> Response:
    """Show how the lines to the telephone network stand."""
    return json({"trunks": await gateway.ask_or_recall("trunks")})


@ordered.post("/reload", response_model=ReloadShown)
async def reload_plans(gateway: Link, who: Who) -> Response:
    """Read the dialplans again, and tell what is wrong with them; a mistake changes nothing."""
    return json(await gateway.order("reload", who.name))


@ordered.post("/drain", status_code=202)
async def drain(gateway: Link, who: Who) -> None:
    """Take no more calls, let those there are end, and stop: as SIGTERM does."""
    await gateway.order("drain", who.name)


@ordered.put("/log-level", status_code=204)
async def set_log_level(wanted: LevelNamed, gateway: Link, who: Who) -> None:
    """Log more, or less, until the next start."""
    await gateway.order("level", who.name, level=wanted.level)
