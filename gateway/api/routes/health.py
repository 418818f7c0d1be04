"""Whether the gateway lives, and whether it takes calls: for load balancers, without a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response

from gateway.api.asking import Link, json
from gateway.api.shapes import HealthShown
from gateway.errors import ControlError

REDIS_AWAY = "Redis does not answer: this process has its share of each plan's calls"
"""No reason not to take calls."""

router = APIRouter(tags=["health"], responses={503: {"model": HealthShown, "description": "it does not"}})


@router.get("/healthz", response_model=HealthShown)
async def healthz(gateway: Link) -> Response:
    """Tell whether the gateway lives; one that drains does."""
    _about, reasons = await _look(gateway)
    return _answer(reasons)


@router.get("/readyz", response_model=HealthShown)
async def readyz(gateway: Link) -> Response:
    """Tell whether the gateway takes calls, and if not, why."""
    about, reasons = await _look(gateway)
    if about:
        reasons += why_not_ready(about)
    return _answer(reasons, [REDIS_AWAY] if about.get("cluster") == "away" else [])


def why_not_ready(about: dict[str, Any]) -> list[str]:
    """Return what keeps a gateway from taking calls."""
    reasons = []
    if about["draining"]:
        reasons.append("it drains: no more calls are taken")
    elif about["calls"] >= about["max_calls"]:
        reasons.append(f"all of its {about['max_calls']} calls are up")
    elif about["refuses"]:
        reasons.append(f"it carries no more calls: {about['refuses']}")
    if about["embedded"] == "starting":
        reasons.append("the embedded agent is not ready")
    if about["embedded"] == "missing":
        reasons.append("the embedded agent's engines are not installed")
    if not about["plans"]:
        reasons.append("there are no plans")
    return reasons


async def _look(gateway: Link) -> tuple[dict[str, Any], list[str]]:
    try:
        return await gateway.ask_or_recall("about"), []
    except ControlError as error:
        return {}, [str(error)]


def _answer(reasons: list[str], notes: Sequence[str] = ()) -> Response:
    told = {"ok": not reasons, "reasons": reasons, "notes": list(notes)}
    return json(told, 503 if reasons else 200)
