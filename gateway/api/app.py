"""The application: the routes, behind the gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import Response

from gateway.api.gate import BESIDE, Gate, refusal
from gateway.api.link import GatewayLink
from gateway.api.live_audio import LiveAudio
from gateway.api.news import News
from gateway.api.routes import (
    browser,
    calls,
    console,
    entrance,
    events,
    health,
    metrics,
    plans,
    process,
    realtime,
    records,
)
from gateway.api.sideband import beside
from gateway.errors import ControlError
from gateway.node.api_settings import ApiSettings
from gateway.node.api_tokens import TokenFile
from gateway.records.settings import Place, RecordingSettings
from gateway.validation_words import plain_words
from gateway.webrtc.ephemeral_keys import EphemeralKeys

ABOUT = """Sees and steers the calls of one gateway. Ask with `Authorization: Bearer TOKEN`; `gateway token`
makes one for each who asks, with the role `read`, `operate` or `admin`. Errors are `{"error": "..."}`."""


def make(
    settings: ApiSettings,
    control: Path,
    database: Place | None,
    messages: Path | None = None,
    recordings: RecordingSettings | None = None,
) -> tuple[FastAPI, Gate, News]:
    """Return the application for the gateway at this control socket, whose records are kept there.

    `messages`: the folder of SIP messages, if they are kept; `recordings`: where and how recordings are.

    It is served through its gate. Its news are to be closed before it is stopped: it would wait for those
    who listen.
    """
    link, news = GatewayLink(control), News(control)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with news.following():
            yield
        await link.close()

    app = FastAPI(
        title="SIP voice gateway",
        description=ABOUT,
        version="1",
        docs_url=None,  # that page fetches its script from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.link, app.state.news, app.state.database = link, news, database
    app.state.messages, app.state.recordings = messages, recordings
    app.state.live_audio, app.state.ephemeral_keys = LiveAudio(control), EphemeralKeys()
    _include_routes(app)
    gate = app.state.gate = Gate(
        app, TokenFile(settings.tokens), settings.hosts, settings.origins, app.state.ephemeral_keys
    )
    return app, gate, news


def _include_routes(app: FastAPI) -> None:
    modules = (health, calls, browser, realtime, events, records, plans, process, metrics, entrance, console)
    for module in modules:
        for name in ("router", "seen", "made", "lines", "ordered", "operated"):
            if (router := getattr(module, name, None)) is not None:
                app.include_router(router)
    app.add_api_websocket_route(BESIDE, beside)
    app.add_exception_handler(ControlError, _refused)
    app.add_exception_handler(StarletteHTTPException, _http)
    app.add_exception_handler(RequestValidationError, _misshapen)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ControlError)
    return refusal(error.status, str(error))


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    return refusal(
        error.status_code,
        str(error.detail),
        **{k.replace("-", "_"): v for k, v in (error.headers or {}).items()},
    )


async def _misshapen(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problem = error.errors()[0]
    place = ".".join(map(str, problem["loc"]))
    return refusal(422, f"{place}: {plain_words(problem)}")
