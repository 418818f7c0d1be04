"""All that `gateway doctor` looks at, in the order in which a person would mend it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gateway.calls.sessions import Sessions
from gateway.dialplan.loader import check
from gateway.dialplan.problems import BadFiles, Problem
from gateway.dialplan.snapshot import Dialplan
from gateway.doctor.engines import look_at_engines
from gateway.doctor.files import look_at_files
from gateway.doctor.finding import Finding, fine, look, wrong
from gateway.doctor.line import look_at_line
from gateway.doctor.machine import look_at_machine
from gateway.doctor.models import look_at_models, places, today
from gateway.doctor.outlets import look_at_outlets
from gateway.errors import BadInput, ControlError
from gateway.node import settings as config
from gateway.node import settings_check
from gateway.node.control_client import ControlClient
from gateway.node.embedded import wanted
from gateway.node.settings import Settings
from gateway.realtime.prices import Prices
from gateway.sip.trunk_keys import passed_headers
from gateway.tools.catalog import ToolCatalog


async def examine(settings_file: Path | None, *, online: bool = True) -> AsyncIterator[Finding]:
    """Look at everything; without `online` no provider is asked."""
    settings, found = _settings(settings_file)
    for finding in found:
        yield finding
    if settings is None:
        return  # nothing else can be looked at
    plans, found = await asyncio.to_thread(_plans, settings)
    for finding in found:
        yield finding
    running = await _running(settings)
    for finding in (
        *look_at_line(settings, running),
        *look_at_machine(settings),
        *look_at_files(settings, datetime.now(UTC)),
        *(await look_at_outlets(settings) if online else ()),
    ):
        yield finding
    if plans is None:
        return
    if settings.local is not False and wanted(plans):
        yield look_at_engines()
    if online:
        sessions = Sessions("", settings.providers)
        asked = list(places(plans, sessions.provider))
        async for finding in look_at_models(asked, today()):
            yield finding


def _settings(file: Path | None) -> tuple[Settings | None, list[Finding]]:
    try:
        settings = config.load(file)
    except BadFiles as bad:
        return None, [_of_problem("settings", problem) for problem in bad.problems]
    except BadInput as error:
        where = f"{error.where}: {error.key}: {error.value!r}"
        return None, [wrong("settings", where[:200], error.cure)]
    found = [_of_problem("settings", one) for one in settings_check.problems(settings, file)]
    return settings, found or [fine("settings", str(file or "gateway.yaml"))]


def _plans(settings: Settings) -> tuple[Dialplan | None, list[Finding]]:
    prices = None
    with suppress(BadInput):  # it was told with the settings
        prices = Prices.read(settings.prices) if settings.prices else Prices.read()
    sessions = Sessions("", settings.providers, prices)
    report = check(
        settings.dialplans,
        region=settings.region,
        providers=sessions.catalog(),
        tools=ToolCatalog,
        agents=sessions.check,
        trunks=passed_headers(settings.trunks),
    )
    found = [_of_problem("dialplans", one) for one in report.problems]
    if not found and report.dialplan is not None:
        found = [fine("dialplans", f"plans in {settings.dialplans}: {len(report.dialplan.plans)}")]
    return report.dialplan, found


def _of_problem(what: str, one: Problem) -> Finding:
    place = f"{one.mark}: {one.key}" if one.key else str(one.mark)
    value = "" if one.value is None else f": {one.value!r}"[:80]
    return (look if one.warning else wrong)(what, f"{place}{value}", one.cure)


async def _running(settings: Settings) -> str | None:
    """Return where a gateway with these settings answers already."""
    if settings.control is None:
        return None
    try:
        async with ControlClient.connected(settings.control) as gateway:
            return str((await gateway.ask("about"))["sip"])
    except (BadInput, ControlError):
        return None
