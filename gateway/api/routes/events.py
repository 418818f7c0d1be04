"""What happens, as it happens: Server-Sent Events."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Response
from fastapi.responses import StreamingResponse

from gateway.api.asking import CallId, Link, Told, needs, refusals
from gateway.api.news_ring import NewsLine
from gateway.node.api_tokens import Role
from gateway.node.control_client import Refusal

STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {}},
        "description": "Server-Sent Events, until either side ends it",
    }
}

router = APIRouter(
    prefix="/v1",
    tags=["events"],
    dependencies=[needs(Role.READ)],
    responses={**refusals(), **STREAM},
)

LastEventId = Annotated[
    str, Header(alias="Last-Event-ID", max_length=60, description="The id of the last event that was heard.")
]
After = Annotated[
    str, Query(max_length=60, description="As Last-Event-ID, for a browser, which cannot say that at first.")
]
Kinds = Annotated[
    str, Query(max_length=1000, description="Names of events, with commas between them. Default: all.")
]


@router.get("/events", response_class=StreamingResponse)
async def watch_all(
    told: Told, what: Kinds = "", after: After = "", last_event_id: LastEventId = ""
) -> Response:
    """Hear what happens in all calls, from now on or from the event named by `Last-Event-ID`."""
    return _stream(told, None, what, last_event_id or after)


@router.get("/calls/{call}/events", response_class=StreamingResponse, responses=refusals(404))
async def watch_call(
    call: CallId,
    told: Told,
    gateway: Link,
    what: Kinds = "",
    after: After = "",
    last_event_id: LastEventId = "",
) -> Response:
    """Hear what happens in one call until it is over."""
    last_event_id = last_event_id or after
    now = told.last_id  # before it is looked for: its end is heard then, or it is not found
    try:
        await gateway.ask("look", call=call)
    except Refusal:
        if not last_event_id:
            raise
        return _stream(told, call, what, last_event_id, waits=False)  # it is over: the rest of it
    return _stream(told, call, what, last_event_id or now)


def _stream(told: Told, call: str | None, what: str, last_event_id: str, *, waits: bool = True) -> Response:
    if told.full:
        raise HTTPException(503, "too many listen already")
    kinds = frozenset(filter(None, what.split(",")))

    def wanted(line: NewsLine) -> bool:
        return (call is None or line.call == call) and (
            not kinds or line.what in kinds or line.what == "CallOver"
        )

    lines = told.listen(wanted, last_event_id, call, waits=waits)
    return StreamingResponse(lines, media_type="text/event-stream")
