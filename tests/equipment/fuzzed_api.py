"""Asks the API whatever its own OpenAPI description allows, and what it does not, with schemathesis."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import hypothesis
import schemathesis
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.api.allowance import Allowance
from tests.api.running_api import RunningApi, running_api
from tests.equipment import patience

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
STREAMS = ("/v1/events", "/v1/calls/{call}/events")
"""They do not end: their own tests listen to them."""


class FuzzedApi:
    """The API with scripted calls, on a thread, whose rates bound nobody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="api")
        self.url = ""
        self.tokens: dict[str, str] = {}
        self.description: dict[str, Any] = {}
        self.broke: list[str] = []
        self.asked = 0

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(patience.seconds(20))
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._done = asyncio.Event()
        async with running_api(self._folder, seconds=600) as api:
            _without_bounds(api)
            await api.house.talking("c1")
            self.url, self.description = api.url, api.app.openapi()
            self.tokens = {
                role: getattr(api, role).headers["Authorization"] for role in ("read", "operate", "admin")
            }
            self._ready.set()
            await self._done.wait()


def _without_bounds(api: RunningApi) -> None:
    api.gate._requests = Allowance(1e9, 1e9)
    api.gate._failures = Allowance(1e9, 1e9)


def fuzz(api: FuzzedApi, role: str, settings: hypothesis.settings) -> None:
    """Ask every documented route; what is wrong with an answer is added to `broke`."""
    paths = {path: told for path, told in api.description["paths"].items() if path not in STREAMS}
    schema = schemathesis.openapi.from_dict({**api.description, "paths": paths})
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 15
    for operation in operations:
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            _fuzz_one(api, operation, mode, api.tokens[role], settings)


def _fuzz_one(
    api: FuzzedApi,
    operation: Any,
    mode: schemathesis.GenerationMode,
    token: str,
    settings: hypothesis.settings,
) -> None:
    @settings
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        api.asked += 1
        try:
            case.call_and_validate(api.url, headers={"Authorization": token}, checks=CHECKS)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told at the end
            api.broke.append(f"{operation.label}: {error}"[:2000])

    with suppress(hypothesis.errors.Unsatisfiable):  # there is nothing in it that could be wrong
        ask()
