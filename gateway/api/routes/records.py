"""What became of calls that are over, from the records."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response

from gateway.api.asking import CallId, json, needs, refusals
from gateway.api.shapes import LadderShown, RecordsShown
from gateway.errors import BadInput
from gateway.node.api_tokens import Role
from gateway.records.call_record import as_json
from gateway.records.report.ladder import kept
from gateway.records.settings import Place
from gateway.records.store.opening import errors, open_records
from gateway.records.store.question import Question

router = APIRouter(
    prefix="/v1/records", tags=["records"], dependencies=[needs(Role.READ)], responses=refusals()
)

MOST = 1000
Short = Annotated[str, Query(max_length=200)]
Result = Annotated[str, Query(pattern="^(completed|rejected|cancelled|failed|lost)?$")]


@router.get("", response_model=RecordsShown)
async def list_records(
    request: Request,
    number: Annotated[str, Query(max_length=200, description="From or to it, or its last digits.")] = "",
    plan: Annotated[str, Query(max_length=200, description="Where it began or ended.")] = "",
    result: Result = "",
    since: datetime | None = None,
    until: datetime | None = None,
    most: Annotated[int, Query(ge=1, le=MOST, description="The newest so many.")] = 50,
) -> Response:
    """List what became of calls, the newest first."""
    asked = Question(
        number=number, plan=plan, result=result, since=_aware(since), until=_aware(until), most=most
    )
    return json({"records": await _found(request, asked)})


@router.get("/{call}", responses={200: {"model": dict[str, Any]}, **refusals(404)})
async def show_record(request: Request, call: CallId) -> Response:
    """Show the record of one call."""
    found = await _found(request, Question(call=call, most=1))
    if not found:
        raise HTTPException(404, "there is no record of such a call")
    return json(found[0])


@router.get("/{call}/ladder", response_model=LadderShown, responses=refusals(404))
async def show_ladder(request: Request, call: CallId) -> Response:
    """Show the SIP messages of one call."""
    found = await _found(request, Question(call=call, most=1))
    if not found:
        raise HTTPException(404, "there is no record of such a call")
    folder: Path | None = request.app.state.messages
    if folder is None:
        return json({"messages": []})
    began = datetime.fromisoformat(found[0]["began"])
    try:
        return json({"messages": await asyncio.to_thread(kept, folder, found[0]["sip_call_id"], began)})
    except OSError as error:
        raise HTTPException(503, f"the messages cannot be read: {error.strerror}") from None


async def _found(request: Request, asked: Question) -> list[dict[str, Any]]:
    place: Place | None = request.app.state.database
    if place is None or (isinstance(place, Path) and not place.exists()):
        return []
    passing: tuple[type[Exception], ...] = (BadInput, *errors(place))
    try:
        return await asyncio.to_thread(_read, place, asked)
    except passing as error:
        cure = error.cure if isinstance(error, BadInput) else str(error)
        raise HTTPException(503, f"the records cannot be read: {cure}") from None


def _read(place: Place, asked: Question) -> list[dict[str, Any]]:
    with open_records(place, only_read=True) as records:
        return [as_json(one) for one in records.find(asked)]


def _aware(moment: datetime | None) -> datetime | None:
    """A time without a zone is this machine's."""
    return None if moment is None else moment.astimezone()
