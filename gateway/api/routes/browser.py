"""Calls from a browser: its offer is answered, and the number it wants is rung."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.api.asking import Link, Who, json, needs, refusals
from gateway.api.shapes import BrowserAnswered, BrowserOffer
from gateway.node.api_tokens import Role

router = APIRouter(
    prefix="/v1/browser-calls", tags=["calls"], dependencies=[needs(Role.OPERATE)], responses=refusals(400)
)


@router.post("", response_model=BrowserAnswered)
async def ring_from_browser(offer: BrowserOffer, gateway: Link, who: Who) -> Response:
    """Answer a browser's offer (WebRTC); the number is rung when it is connected. Ten such calls at once."""
    return json(await gateway.order("browser", who.name, **offer.model_dump()))
