"""What became of calls that are over, from the records."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse

from gateway.api.asking import CallId, Until, json, needs, refusals
from gateway.api.shapes import LadderShown, RecordsShown
from gateway.errors import BadInput
from gateway.node.api_tokens import Role
from gateway.records.call_record import CallRecord, as_json, from_json
from gateway.records.report.ladder import kept
from gateway.records.report.several import LISTED, several
from gateway.records.settings import Place, RecordingSettings
from gateway.records.store.opening import errors, open_records
from gateway.records.store.question import Question, utc
from gateway.records.store.records_store import RecordsStore

router = APIRouter(
    prefix="/v1/records", tags=["records"], dependencies=[needs(Role.READ)], responses=refusals()
)

MOST = 1000
SOUND: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/wav": {}, "audio/ogg": {}}, "description": "sound"}
}
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
        number=number.strip(), plan=plan, result=result, since=_aware(since), until=_aware(until), most=most
    )
    return json({"records": await _found(request, lambda records: records.find(asked))})


@router.get("/{call}", responses={200: {"model": dict[str, Any]}, **refusals(404, 409)})
async def show_record(request: Request, call: CallId) -> Response:
    """Show the record of one call."""
    return json(await _one(request, call))


@router.get("/{call}/ladder", response_model=LadderShown, responses=refusals(404, 409))
async def show_ladder(request: Request, call: CallId) -> Response:
    """Show the SIP messages of one call."""
    found = await _one(request, call)
    folder: Path | None = request.app.state.messages
    if folder is None:
        return json({"messages": []})
    began = datetime.fromisoformat(found["began"])
    try:
        return json({"messages": await asyncio.to_thread(kept, folder, found["sip_call_id"], began)})
    except OSError as error:
        raise HTTPException(503, f"the messages cannot be read: {error.strerror}") from None


@router.get("/{call}/audio", response_class=FileResponse, responses={**refusals(404, 409), **SOUND})
async def play_recording(request: Request, call: CallId, until: Until) -> Response:
    """Return the recording of one call, in clear: the caller left, what he heard right."""
    found = await _one(request, call)
    settings: RecordingSettings | None = request.app.state.recordings
    if settings is None:
        raise HTTPException(404, "there is no record of such a call")
    try:
        return await asyncio.to_thread(_recording, settings, from_json(found), until)
    except BadInput as error:
        raise HTTPException(404, error.cure) from None
    except OSError as error:
        raise HTTPException(503, f"the recording cannot be read: {error.strerror}") from None


def _recording(settings: RecordingSettings, record: CallRecord, until: AsyncExitStack) -> Response:
    """Return the file itself where it is one, else a copy in clear that is kept `until` it has been sent."""
    from gateway.records.recording import files  # noqa: PLC0415 - it loads numpy

    name, ending = files.name_of(record), files.suffix(record)
    path = files.inside(settings.folder, name)
    if path is None or path.suffix != ending or not path.is_file():
        path = Path(until.enter_context(tempfile.TemporaryDirectory()), "clear")
        with path.open("wb") as clear:
            files.RecordingFiles(settings).copy(record, clear)
    kind = "audio/ogg" if ending == ".ogg" else "audio/wav"
    return FileResponse(path, media_type=kind, filename=f"{record.call}{ending}")


async def _one(request: Request, call: str) -> dict[str, Any]:
    """Return the one call whose id begins so."""
    found = await _found(request, lambda records: records.named(call, LISTED + 1))
    if not found:
        raise HTTPException(404, "there is no record of such a call")
    if len(found) > 1:
        raise HTTPException(409, several(one["call"] for one in found))
    return found[0]


async def _found(
    request: Request, find: Callable[[RecordsStore], Iterable[CallRecord]]
) -> list[dict[str, Any]]:
    place: Place | None = request.app.state.database
    if place is None or (isinstance(place, Path) and not place.exists()):
        return []
    passing: tuple[type[Exception], ...] = (BadInput, *errors(place))
    try:
        return await asyncio.to_thread(_read, place, find)
    except passing as error:
        cure = error.cure if isinstance(error, BadInput) else str(error)
        raise HTTPException(503, f"the records cannot be read: {cure}") from None


def _read(place: Place, find: Callable[[RecordsStore], Iterable[CallRecord]]) -> list[dict[str, Any]]:
    with open_records(place, only_read=True) as records:
        return [as_json(one) for one in find(records)]


def _aware(moment: datetime | None) -> datetime | None:
    """A time without a zone is this machine's."""
    return None if moment is None else utc(moment)
