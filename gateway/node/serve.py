"""Composes a gateway process of dialplan, embedded agent, user agent and registry; runs it until a signal."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from gateway import wall_clock
from gateway.call import Announcement
from gateway.calls.day_limits import DayBook
from gateway.calls.outcomes import OutcomeLog
from gateway.calls.process_control import ProcessControl
from gateway.calls.prompts import Prompts
from gateway.calls.records_check import RecordsCheck
from gateway.calls.registry import GOODBYE_S, CallRegistry, ListenerFactory
from gateway.calls.services import Services
from gateway.calls.sessions import Sessions
from gateway.calls.shared_state import SharedState
from gateway.calls.trunk_pace import TrunkPace
from gateway.calls.trunk_slots import TrunkSlots
from gateway.control import Control
from gateway.dialplan.lookup import LookUps
from gateway.dialplan.spoken import SpokenText
from gateway.dialplan.watch import LiveDialplan
from gateway.http_client import HttpClient
from gateway.media.plane import PORTABLE_CALLS, is_native
from gateway.media.tls import native_tls
from gateway.node import api_process, trunk_check
from gateway.node.addresses import address, addresses, written
from gateway.node.browser_calls import BrowserCalls
from gateway.node.cluster.directory import known_everywhere
from gateway.node.cluster.membership import Membership, joined
from gateway.node.control_socket import ControlSocket
from gateway.node.embedded import wanted
from gateway.node.embedded_keeping import embedded_kept, meanwhile, plans_watched
from gateway.node.garbage import keep_collected
from gateway.node.load_watch import LoadWatch
from gateway.node.memory import keep_trimmed
from gateway.node.process_questions import ProcessQuestions
from gateway.node.record_keeping import record_keeping
from gateway.node.registrations import Registrations
from gateway.node.service_manager import LEAVE_S, ServiceManager
from gateway.node.settings import Settings
from gateway.node.sip_settings import sip_settings
from gateway.node.telemetry import Telemetry
from gateway.node.workers.outcome_report import OutcomeReport
from gateway.node.workers.share import EDGE_LOOKS_S
from gateway.realtime.prices import Prices
from gateway.records.journal import Journal
from gateway.records.line_log import LineLog
from gateway.records.redaction import redact_turns, takes_keys
from gateway.records.transcript import logged
from gateway.signals import Signals
from gateway.sip.outgoing import OutgoingCalls
from gateway.sip.trunk_keys import passed_headers
from gateway.sip.user_agent import UserAgent
from gateway.sip.ways import Ways
from gateway.tools.catalog import ToolCatalog
from gateway.tools.mcp.servers import McpServers
from gateway.tools.python_function import FunctionPlaces

log = structlog.get_logger(__name__)

RETRY_AFTER_S = 30
"""What OPTIONS tells a proxy while we drain: come back when somebody has restarted us."""
STUCK_S = 10.0
"""A SIP thread that has not waited for messages for so long is stuck."""
PROMPTS_WITHIN = 2.0
"""Seconds to wait for the gateway's own prompts to be spoken: the first caller then has the voice alone."""


@dataclass(frozen=True, slots=True)
class Node:
    """A gateway process that takes calls; `control` is for whoever wants something of them."""

    control: Control
    registry: CallRegistry
    user_agent: UserAgent
    sip: str
    """Where it is called, `host:port`."""
    speak: Callable[[str], Awaitable[Announcement]]
    """Returns the sound of a text; silence if nobody can speak it."""
    plans: LiveDialplan
    embedded: Callable[[], str]
    """How the embedded agent is: `ready`, `starting`, `missing`, or `none` where nobody wants it."""
    cluster: Membership | None
    """This process among those of other machines; None where it is alone."""
    load: LoadWatch | None
    """Who refuses calls that are too many for this machine; None where nobody does."""
    registrations: Registrations | None
    """Who knows which trunks this process registers; None where it is all of them."""


async def serve(
    settings: Settings,
    settings_file: Path | None = None,
    counts: SharedState | None = None,
    *,
    worker: int | None = None,
    supervisor: Path | None = None,
) -> None:
    """Answer calls until a signal says to stop, then drain. Raises GatewayError when it cannot even begin.

    `settings_file`: where the settings come from, for the processes that are started. `counts`: who counts
    what is shared beyond this process. `worker`: which of several this is, of a supervisor, which is told at
    the socket `supervisor` how calls came out.
    """
    if settings.pretend_time is not None:
        wall_clock.pretend(wall_clock.moment(settings.pretend_time))
    signals, manager, outcomes = Signals(), ServiceManager(), OutcomeLog()
    async with (
        contextlib.nullcontext() if supervisor is None else OutcomeReport(outcomes, supervisor).kept(),
        running(settings, signals, counts, _name(settings, worker), outcomes) as node,
        _controlled(settings, node, signals, worker=worker is not None),
    ):
        _announce(node)  # whoever waits for this may ask at once
        async with (
            manager.watched(
                lambda: time.monotonic() - node.user_agent.beat.swept < STUCK_S,
                lambda: f"{node.registry.capacity.calls} calls",
            ),
            api_process.kept(settings.api, settings_file, settings.log_level, control=settings.control),
        ):
            manager.ready(f"answering on {node.sip}")
            await signals.stop.wait()
            manager.stopping(settings.drain_seconds + GOODBYE_S + LEAVE_S)
            await _drain(settings, node, signals, EDGE_LOOKS_S if worker is not None else 0.0)


@contextlib.asynccontextmanager
async def running(
    settings: Settings, signals: Signals, counts: SharedState | None, name: str, outcomes: OutcomeLog
) -> AsyncIterator[Node]:
    """Take calls for as long as the block lasts; what is up then is hung up. Raises GatewayError.

    `name`: of this process among others. `outcomes`: keeps how calls came out that it made.
    """
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(HttpClient())
        mcp = await stack.enter_async_context(McpServers(http))
        cluster = await stack.enter_async_context(joined(settings.cluster)) if settings.cluster else None
        shared = counts if cluster is None else cluster
        sessions, plans = _sessions_and_plans(settings, http, mcp, shared)
        signals.on_reload(plans.reload)
        embedded = await stack.enter_async_context(embedded_kept(settings, plans, signals.stop))
        await stack.enter_async_context(plans_watched(plans))
        await _beside(stack, sessions.keep_warm(lambda: plans.current), mcp.keep(lambda: plans.current))
        prompts = await _prompts_ready(stack, sessions, plans)
        lookups = await stack.enter_async_context(LookUps())
        telemetry = Telemetry(settings, stack)
        told = sip_settings(settings, telemetry.messages)
        user_agent = UserAgent(told, lambda leg: registry.take(leg))  # noqa: PLW0108
        records = record_keeping(settings, stack, telemetry.records, taps=user_agent.plane.native)
        days = DayBook(records.reader, shared)
        made = sessions.make, prompts, lookups, sessions.cost, sessions.wait, days, records.reader
        calling = await _calling(settings, user_agent, stack, shared)
        services = Services(*made, **calling, recordings=records.recordings, node=name)
        watching = _listeners(settings, stack), records.keeper
        registry = await stack.enter_async_context(
            CallRegistry(lambda: plans.current, services, settings.max_calls, *watching, shared, outcomes)
        )
        await _beside(stack, *_tidying(registry), days.watch())
        sessions.use_links(user_agent.plane.link, native_tls() if user_agent.plane.native else None)
        port, registrations = await _listening(settings, user_agent, stack, shared)
        signals.on_reload(partial(_reload, settings, plans, user_agent))
        sip = written(addresses(settings.sip)[0][0], port)
        await stack.enter_async_context(telemetry.reporting(sip, registry.calls.values))
        load = await _bounded(settings, stack, user_agent, registry)
        more = sip, _speaker(prompts), plans, embedded, cluster, load, registrations
        yield Node(ProcessControl(registry), registry, user_agent, *more)


def _name(settings: Settings, worker: int | None) -> str:
    """Return what this process is called among those that answer calls together; "" where it is alone."""
    if settings.cluster is not None:
        return settings.cluster.node
    return "" if worker is None else f"worker-{worker}"


async def _beside(stack: contextlib.AsyncExitStack, *works: Coroutine[object, object, object]) -> None:
    """Do all of this as long as `stack` lasts."""
    for work in works:
        await stack.enter_async_context(meanwhile(work))


def _tidying(registry: CallRegistry) -> tuple[Coroutine[object, object, object], ...]:
    """Return what keeps memory free of what calls have left."""
    collected = keep_collected(lambda: registry.capacity.calls, lambda: registry.taken)
    return keep_trimmed(lambda: registry.taken), collected


async def _listening(
    settings: Settings, user_agent: UserAgent, stack: contextlib.AsyncExitStack, shared: SharedState | None
) -> tuple[int, Registrations | None]:
    """Begin to listen, as long as `stack` lasts; return the SIP port, and who knows which trunks register."""
    user_agent.trunks.registers_when_told = shared is not None
    stack.push_async_callback(user_agent.stop)
    port = await user_agent.start()
    if user_agent.public is not None:
        await _beside(stack, user_agent.public.watch())
    if shared is None:
        return port, None
    registering = [name for name, keys in settings.trunks.items() if keys.register_ is not None]
    registrations = Registrations(shared, registering, user_agent.trunks.let_register)
    await _beside(stack, registrations.keep())
    return port, registrations


async def _bounded(
    settings: Settings, stack: contextlib.AsyncExitStack, user_agent: UserAgent, registry: CallRegistry
) -> LoadWatch | None:
    """Hold calls to what plane and machine carry, as long as `stack` lasts; None: to their number alone."""
    if not user_agent.plane.native:
        registry.capacity.max_calls = min(settings.max_calls, PORTABLE_CALLS)
    if (guard := user_agent.beat.guard) is None or not settings.limits.load:
        return None
    watch = LoadWatch(guard, lambda: registry.capacity.calls, user_agent.plane.clock)
    registry.capacity.when_asked = watch.call_comes
    await _beside(stack, watch.run())
    return watch


async def _calling(
    settings: Settings, user_agent: UserAgent, stack: contextlib.AsyncExitStack, shared: SharedState | None
) -> dict[str, Any]:
    """Return who makes calls of ours, who knows where they go, and what room others leave on trunks."""
    ways, instead = Ways(settings.trunks, settings.region), settings.pretend_targets
    calls = OutgoingCalls(user_agent, ways, address(instead) if instead else None)
    bounds = {name: keys.max_calls for name, keys in settings.trunks.items() if keys.max_calls is not None}
    rates = {
        n: keys.calls_per_second for n, keys in settings.trunks.items() if keys.calls_per_second is not None
    }
    lines = TrunkSlots(bounds, shared, TrunkPace(rates, shared))
    await _beside(stack, lines.keep())
    return {"dial": calls, "way": ways.find, "lines": lines}


async def _prompts_ready(
    stack: contextlib.AsyncExitStack, sessions: Sessions, plans: LiveDialplan
) -> Prompts:
    """Have what the gateway says by itself spoken before the first call, if that is soon."""
    prompts = await stack.enter_async_context(Prompts(sessions.speak))
    prompts.want(plans.current)
    await stack.enter_async_context(meanwhile(prompts.keep_ready(lambda: plans.current)))
    await prompts.ready(PROMPTS_WITHIN)
    return prompts


def _speaker(prompts: Prompts) -> Callable[[str], Awaitable[Announcement]]:
    async def speak(text: str) -> Announcement:
        return await prompts.sound(SpokenText(text), None)

    return speak


def _reload(settings: Settings, plans: LiveDialplan, user_agent: UserAgent) -> None:
    """Read plans and certificates again; of these all stay as they are if one is no good."""
    plans.reload()
    if not settings.sip_tls and not settings.trunks:
        return
    wrong = [cure for key, _, cure, warning in trunk_check.certificates(settings) if not warning]
    if wrong:
        log.error("tls.not_renewed", error="; ".join(wrong))
        return
    user_agent.trunks.renew_certificates()
    log.info("tls.renewed")


def _sessions_and_plans(
    settings: Settings, http: HttpClient, mcp: McpServers, shared: SharedState | None
) -> tuple[Sessions, LiveDialplan]:
    prices = Prices.read(settings.prices) if settings.prices else Prices.read()
    local = f"ws://{settings.local_listen}/v1/realtime?model={{model}}"
    sessions = Sessions(local, settings.providers, prices, shared)
    plans = LiveDialplan(
        settings.dialplans,
        region=settings.region,
        providers=sessions.catalog(),
        tools=partial(ToolCatalog, places=FunctionPlaces(), http=http, mcp=mcp),
        agents=RecordsCheck(settings.records, sessions.check, taps=is_native(settings.native)),
        trunks=passed_headers(settings.trunks),
    )
    return sessions, plans


@contextlib.asynccontextmanager
async def _controlled(
    settings: Settings, node: Node, signals: Signals, *, worker: bool
) -> AsyncIterator[None]:
    """Answer operators, and browsers through the API, for as long as the block lasts."""
    if settings.control is None:
        yield
        return

    def more() -> dict[str, object]:
        return {
            "sip": node.sip,
            "media": "native" if node.user_agent.plane.native else "portable",
            "embedded": node.embedded(),
            "late_ticks": node.user_agent.plane.clock().late_ticks,
            "cluster": "none" if node.cluster is None else "answers" if node.cluster.answers else "away",
            **_load(node.load),
        }

    def trunks() -> list[dict[str, object]]:
        return [asdict(view) for view in node.user_agent.trunks.views]

    process = ProcessQuestions(node.registry, node.plans, more, trunks, signals.stop.set)
    browsers = BrowserCalls(
        node.sip,
        settings.control,
        settings.log_level,
        settings.browser,
        node.control.take_over,
        settings.codecs,
        process.codecs_of,
    )
    node.user_agent.encrypted_beyond = browsers.encryption
    control = ControlSocket(node.control, node.speak, {**process.answers, **browsers.answers})
    cluster = None if worker else settings.cluster
    async with (
        browsers.kept(),
        known_everywhere(cluster, control.answers) as known,
        control.listening(settings.control, known),
    ):
        yield


def _load(watch: LoadWatch | None) -> dict[str, object]:
    room = watch.room if watch is not None else None
    return {
        "carries": room.limit if room is not None else None,
        "refuses": room.bound.value if room is not None and room.full else "",
        "refused_for_load": watch.refused if watch is not None else 0,
    }


def _announce(node: Node) -> None:
    plans = node.plans.current
    talks = "embedded" if wanted(plans) else "hosted"
    log.info(
        "gateway.ready",
        sip=node.sip,
        agent="missing" if node.embedded() == "missing" else talks,
        calls=node.registry.capacity.max_calls,
        media="native" if node.user_agent.plane.native else "portable: four calls, no promises under load",
        plans=len(plans.plans),
    )


def _listeners(settings: Settings, stack: contextlib.AsyncExitStack) -> tuple[ListenerFactory, ...]:
    """Return who hears of every call; a journal stays open as long as `stack` does."""
    shows_keys = settings.log_transcripts and not takes_keys(settings.records.redact)
    listeners: tuple[ListenerFactory, ...] = (partial(LineLog, shows_keys=shows_keys),)
    if settings.journal is not None:
        masks = settings.log_numbers == "masked"
        listeners += (stack.enter_context(Journal(settings.journal, masks=masks)).watch,)
    if settings.log_transcripts:
        listeners += (partial(logged, redact=partial(redact_turns, kinds=settings.records.redact)),)
    return listeners


async def _drain(settings: Settings, node: Node, signals: Signals, least_s: float) -> None:
    """Let calls end by themselves; a second signal, or the end of the grace, hangs them up.

    It takes `least_s` seconds: what comes meanwhile is told to try elsewhere, afterwards there is nobody to.
    """
    registry, gone_at = node.registry, time.monotonic() + least_s
    log.info("gateway.draining", calls=registry.capacity.calls, seconds=settings.drain_seconds)
    node.user_agent.set_unavailable(RETRY_AFTER_S)
    if node.registrations is not None:
        await node.registrations.leave()
    async with asyncio.TaskGroup() as tasks:
        impatient = tasks.create_task(signals.hurry.wait())
        impatient.add_done_callback(lambda task: None if task.cancelled() else registry.hang_up_all())
        cut = await registry.drain(settings.drain_seconds)
        if not signals.hurry.is_set():
            await asyncio.wait((impatient,), timeout=max(0.0, gone_at - time.monotonic()))
        impatient.cancel()
    log.info("gateway.stopped", calls_cut=cut)
