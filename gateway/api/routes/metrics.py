"""`/metrics`, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.api.asking import Link, needs, refusals
from gateway.api.metrics import add_up, exposition
from gateway.node.api_tokens import Role

router = APIRouter(tags=["metrics"], dependencies=[needs(Role.READ)])

TEXT = "text/plain; version=0.0.4; charset=utf-8"


@router.get(
    "/metrics", responses={200: {"content": {"text/plain": {}}}, **refusals()}, response_class=Response
)
async def metrics(gateway: Link) -> Response:
    """Return all counts in Prometheus' text format."""
    told = await gateway.ask_or_recall("measures")
    return Response(exposition(add_up([told["families"]]), [told["pid"]]), media_type=TEXT)
