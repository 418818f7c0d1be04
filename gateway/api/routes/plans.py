"""The dialplan in force, and which plan a call would get."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.api.asking import Link, json, needs, refusals
from gateway.api.shapes import PlansShown, RouteAsked, RouteShown
from gateway.node.api_tokens import Role

router = APIRouter(prefix="/v1", tags=["plans"], dependencies=[needs(Role.READ)], responses=refusals(400))


@router.get("/plans", response_model=PlansShown)
async def list_plans(gateway: Link) -> Response:
    """List the plans in force, and what is wrong with those in the folder."""
    return json(await gateway.ask_or_recall("plans"))


@router.post("/route", response_model=RouteShown)
async def route(asked: RouteAsked, gateway: Link) -> Response:
    """Tell which plan a call would get, and why; nobody is rung."""
    about = asked.model_dump()
    return json(await gateway.ask("route", **about))
