"""`gateway serve --workers N`: the supervisor, with one agent, API and control socket for all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from gateway.calls.registry import GOODBYE_S
from gateway.dialplan.watch import LiveDialplan
from gateway.node import api_process
from gateway.node.cluster.directory import known_everywhere
from gateway.node.control_server import ControlServer, ProcessAnswer, Stream
from gateway.node.embedded_keeping import embedded_kept, plans_watched
from gateway.node.service_manager import LEAVE_S, ServiceManager
from gateway.node.settings import Settings
from gateway.node.workers.control import WorkersControl
from gateway.node.workers.counts import COUNTS, answers
from gateway.node.workers.ledger import PlanLedger
from gateway.node.workers.originated_calls import OriginatedCalls
from gateway.node.workers.share import share, socket_of
from gateway.node.workers.supervisor import Supervisor
from gateway.node.workers.worker import READY_WITHIN, WorkerProcess
from gateway.signals import Signals, tell
from gateway.tasks import within

log = structlog.get_logger(__name__)

CONNECTIONS = 4
"""That a worker may have to us: it asks over one, tells over another, and may have lost one of each."""


async def supervise(settings: Settings, settings_file: Path | None, command: Sequence[str]) -> None:
    """Answer calls in several processes until a signal says to stop, then let them drain.

    `command` begins one, with the options that we were given. Raises GatewayError when one cannot even begin.
    """
    count = settings.workers_count
    parts = [share(settings, number, count) for number in range(count)]  # before anything is started
    signals, manager = Signals(), ServiceManager()
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-")))
        ledger, originated = PlanLedger(), OriginatedCalls(_sockets(settings, count))
        own = ("--supervisor", str(folder), "--worker")
        told = ledger.gone, originated.gone
        workers = [WorkerProcess(one, (*command, *own, str(one)), folder, *told) for one in range(count)]
        does = {**answers(ledger), **originated.answers_to_workers}
        of_workers = ControlServer(does, {}, most=CONNECTIONS * count)
        await stack.enter_async_context(of_workers.listening(folder / COUNTS))
        replaced_within = settings.drain_seconds + GOODBYE_S + LEAVE_S + READY_WITHIN
        supervisor = Supervisor(workers, replaced_within, partial(_ends_well, (*command, "--try")))
        plans = LiveDialplan(settings.dialplans, region=settings.region)
        embedded = await stack.enter_async_context(embedded_kept(settings, plans, signals.stop))
        await stack.enter_async_context(plans_watched(plans))
        signals.on_reload(lambda: _reload(plans, supervisor))
        signals.on_restart(supervisor.restart)
        about = _about(supervisor, embedded, settings)
        orders = {"restart": supervisor.restart, "drain": signals.stop.set}
        control = WorkersControl(_sockets(settings, count), about, orders)
        await _controlled(settings, {**control.answers, **originated.answers}, control.streams, stack)
        kept = api_process.kept(settings.api, settings_file, settings.log_level, control=settings.control)
        await stack.enter_async_context(kept)
        lives = manager.watched(lambda: all(worker.pid for worker in workers), lambda: f"{count} workers")
        await stack.enter_async_context(lives)
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(_end(signals, manager, supervisor, settings))]
            beside += [tasks.create_task(_ready(manager, supervisor, [part.sip for part in parts]))]
            await supervisor.run()
            for task in beside:
                task.cancel()
    log.info("workers.stopped", workers=count)


async def _ends_well(command: Sequence[str]) -> bool:
    """Return whether a process comes to its end without a mistake; it has said which one otherwise."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
    )
    try:
        async with within(READY_WITHIN):
            return await process.wait() == 0
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            tell(process, signal.SIGKILL)
            await process.wait()


def _reload(plans: LiveDialplan, supervisor: Supervisor) -> None:
    plans.reload()
    supervisor.reload()


async def _ready(manager: ServiceManager, supervisor: Supervisor, sip: Sequence[str]) -> None:
    await supervisor.ready()
    manager.ready(f"answering on {', '.join(sip)}")
    log.info("workers.ready", workers=len(sip), sip=", ".join(sip))


async def _end(signals: Signals, manager: ServiceManager, supervisor: Supervisor, settings: Settings) -> None:
    """Let them drain at the first signal, end their calls at the second."""
    await signals.stop.wait()
    manager.stopping(settings.drain_seconds + GOODBYE_S + LEAVE_S)
    log.info("workers.draining", workers=len(supervisor.workers), seconds=settings.drain_seconds)
    supervisor.end()
    await signals.hurry.wait()
    supervisor.end()


def _about(
    supervisor: Supervisor, embedded: Callable[[], str], settings: Settings
) -> Callable[[], dict[str, Any]]:
    """Return what there is to say of the supervisor, and of what it has for all."""
    began, known = time.monotonic(), version("sip-voice-gateway")
    return lambda: {
        "pid": os.getpid(),
        "version": known,
        "seconds": round(time.monotonic() - began),
        "embedded": embedded(),
        "sip": settings.sip,
        "ready": sum(worker.ready.is_set() for worker in supervisor.workers),
    }


def _sockets(settings: Settings, count: int) -> list[Path]:
    """Return where each worker is asked; none where nobody may ask the gateway."""
    return [] if settings.control is None else [socket_of(settings.control, one) for one in range(count)]


async def _controlled(
    settings: Settings,
    own: Mapping[str, ProcessAnswer],
    streams: Mapping[str, Stream],
    stack: contextlib.AsyncExitStack,
) -> None:
    """Answer operators, for all workers, as long as `stack` lasts."""
    if settings.control is None:
        return
    answers = await stack.enter_async_context(known_everywhere(settings.cluster, own))
    await stack.enter_async_context(ControlServer(answers, streams).listening(settings.control))
