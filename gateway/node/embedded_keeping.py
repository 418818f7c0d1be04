"""Keeps the embedded agent running as long as some plan wants it, and plans as they are written."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine

import structlog

from gateway.dialplan.watch import LiveDialplan
from gateway.errors import LocalPortInUse
from gateway.node.addresses import address
from gateway.node.embedded import EmbeddedServerProcess, wanted
from gateway.node.settings import Settings
from gateway.tasks import until_next_look, within

log = structlog.get_logger(__name__)

NOTICE_CHANGES_S = 0.5
"""Seconds after a reload within which an embedded agent that is needed now is started."""
ADDRESS_AGAIN = 10.0
"""Seconds before its address is tried again, where somebody else has it."""
AGENT_READY_WITHIN = 60.0
"""Seconds to wait for the embedded agent's engines before calls are answered without it."""


@contextlib.asynccontextmanager
async def embedded_kept(
    settings: Settings, plans: LiveDialplan, stop: asyncio.Event
) -> AsyncIterator[Callable[[], str]]:
    """Keep it running if it is wanted, now or later; yields what says how it is.

    That is `ready`, `starting`, `missing`, or `none` where nobody wanted it at the start.
    """
    if settings.local or (settings.local is None and wanted(plans.current)):
        async with _embedded_agent(settings, stop) as embedded:
            yield lambda: _state(embedded)
    elif settings.local is None:
        async with meanwhile(_embedded_later(settings, plans)):
            yield lambda: "none"
    else:
        yield lambda: "none"


@contextlib.asynccontextmanager
async def plans_watched(plans: LiveDialplan) -> AsyncIterator[None]:
    """Read plans again whenever one changes, for as long as the block lasts."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(plans.watch(stop))
        yield
        stop.set()


@contextlib.asynccontextmanager
async def meanwhile(work: Coroutine[object, object, object]) -> AsyncIterator[None]:
    """Do something for as long as the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        yield
        task.cancel()


def _state(embedded: EmbeddedServerProcess) -> str:
    if embedded.missing.is_set():
        return "missing"
    return "ready" if embedded.ready.is_set() else "starting"


@contextlib.asynccontextmanager
async def _embedded_agent(settings: Settings, stop: asyncio.Event) -> AsyncIterator[EmbeddedServerProcess]:
    """Keep it running; begins when it takes calls, or when waiting for that is of no use any more."""
    host, port = address(settings.local_listen)
    log.info("embedded.starting", listen=settings.local_listen)
    embedded = EmbeddedServerProcess(host, port, settings.log_level, settings.log_numbers)
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(embedded.run())
        try:
            async with within(AGENT_READY_WITHIN):
                await _first(embedded.ready, embedded.failed, stop)
        except TimeoutError:
            log.error("embedded.late")
        yield embedded
        keeper.cancel()


async def _embedded_later(settings: Settings, plans: LiveDialplan) -> None:
    """Start it once a plan that came by a reload needs it. Calls are up: what goes wrong ends none."""
    host, port = address(settings.local_listen)
    while True:
        if not wanted(plans.current):
            await until_next_look(NOTICE_CHANGES_S)
            continue
        log.info("embedded.starting", listen=settings.local_listen)
        try:
            await EmbeddedServerProcess(host, port, settings.log_level, settings.log_numbers).run()
        except LocalPortInUse as error:
            log.error("embedded.no_address", error=str(error), in_seconds=ADDRESS_AGAIN)
            await asyncio.sleep(ADDRESS_AGAIN)
        else:
            return  # its engines are not installed


async def _first(*events: asyncio.Event) -> None:
    """Wait for any of several events."""
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(event.wait()) for event in events]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
