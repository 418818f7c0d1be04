"""Calls of pages that were written for OpenAI's WebRTC sessions: a number stands for the model.

Errors have that service's shape where its pages read them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from gateway.api.asking import Link, Who, json, needs, refusals
from gateway.api.shapes import ClientSecret, ClientSecretWanted
from gateway.errors import BadInput, ControlError
from gateway.node.api_tokens import Role
from gateway.webrtc.ephemeral_keys import SECONDS, EphemeralKey, EphemeralKeys
from gateway.webrtc.offer import Offer, read_offer

router = APIRouter(
    prefix="/v1/realtime", tags=["realtime"], dependencies=[needs(Role.READ)], responses=refusals(400)
)
operated = APIRouter(
    prefix="/v1/realtime", tags=["realtime"], dependencies=[needs(Role.OPERATE)], responses=refusals(400, 404)
)
NUMBER = re.compile(r"[A-Za-z0-9+*#._-]{1,64}")
CALLS = "/v1/realtime/calls"
Model = Annotated[str, Query(max_length=64, description="The number to be rung.")]
RtcId = Annotated[str, Path(pattern="^[A-Za-z0-9_]{1,64}$", description="As `Location` names it.")]
SDP: dict[int | str, dict[str, Any]] = {
    201: {"content": {"application/sdp": {}}, "description": "the answer; `Location` names the call"}
}


@operated.post("/client_secrets", response_model=ClientSecret)
async def make_client_secret(wanted: ClientSecretWanted, request: Request, who: Who) -> Any:
    """Make a key for a page: good for one call to the number `session.model`, for ten minutes or as asked."""
    keys: EphemeralKeys = request.app.state.ephemeral_keys
    number = wanted.session.model
    seconds = SECONDS if wanted.expires_after is None else wanted.expires_after.seconds
    session = {"type": "realtime", "model": number}
    value, expires_at = keys.issue(session, seconds, who.name)
    return {"value": value, "expires_at": expires_at, "session": session}


@router.post("", status_code=201, response_class=Response, include_in_schema=False)
@router.post("/connect", status_code=201, response_class=Response, include_in_schema=False)
@router.post("/calls", status_code=201, response_class=Response, responses=SDP)
async def ring_from_page(request: Request, gateway: Link, who: Who, model: Model = "") -> Response:
    """Answer a page's offer (SDP alone, or a form with `sdp` and `session`) and ring a number for it.

    By a page's key, which is used up, or by a token that may operate.
    """
    keys: EphemeralKeys = request.app.state.ephemeral_keys
    known: EphemeralKey | None = None
    if who.key:
        known = keys.take(who.key)
        if known is None:
            raise HTTPException(401, "this key was used already")
    elif who.role < Role.OPERATE:
        raise HTTPException(403, f"this token may {who.role.word}; it takes operate, or a page's key")
    done = False
    try:
        offer = _read(request, await request.body())
        number = _number(known, offer, model)
        by = who.name if known is None else f"page of {known.of}"
        told = await gateway.order("browser", by, offer=offer.sdp, number=number, realtime=True)
        done = True
    finally:
        if known is not None and not done:
            keys.give_back(who.key, known)
    headers = {"location": f"{CALLS}/{told['call_id']}"}
    if offer.in_json:
        body = {"type": "answer", "sdp": told["answer"], "call_id": told["call_id"]}
        answer = json(body, 201)
        answer.headers.update(headers)
        return answer
    return Response(told["answer"], 201, headers, "application/sdp")


@operated.post("/calls/{call}/hangup", response_class=Response)
async def hang_page_up(call: RtcId, gateway: Link, who: Who) -> Response:
    """End a page's call."""
    told = await gateway.order("browser_end", who.name, call_id=call)
    if not told["found"]:
        raise HTTPException(404, "there is no such call")
    return json({})


def _read(request: Request, body: bytes) -> Offer:
    try:
        return read_offer(request.headers.get("content-type", ""), body)
    except BadInput as error:
        raise _Misread(str(error)) from None


class _Misread(ControlError):
    """An offer that is none."""

    status = 400


def _number(known: EphemeralKey | None, offer: Offer, model: str) -> str:
    """Return what is to be rung: as the key says, else the page."""
    session: Mapping[str, Any] = (offer.session or {}) if known is None else known.session
    number = session.get("model") or model
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise _Misread("name the number to be rung as the model: ?model=100, or model in the session")
    return number
