"""Rehearses all calls of a file or folder, side by side, and says how each went."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.call import Party
from gateway.dialplan import Plan, loader
from gateway.errors import BadInput, GatewayError
from gateway.phone.caller import own_address
from gateway.rehearsal import junit, picture, report, target_phones
from gateway.rehearsal.judgement import Claim, claims, judge
from gateway.rehearsal.judges import Judge, judge_for
from gateway.rehearsal.opinion import Opinion
from gateway.rehearsal.performance import Performance
from gateway.rehearsal.performer import Performer
from gateway.rehearsal.reading import NamedRehearsal, Playbill
from gateway.rehearsal.report import RehearsalOutcome
from gateway.rehearsal.script import WhoRings
from gateway.rehearsal.sounds import Voices
from gateway.rehearsal.stage import Model, Stage
from gateway.rehearsal.target_phones import StandIn, TargetPhones
from gateway.sip.leg import SipLeg
from gateway.sip.stack import SipSettings
from gateway.sip.user_agent import UserAgent
from gateway.tasks import within

LONGEST_CALL_S = 300.0
RINGS_WITHIN_S = 10.0
"""For a call that the gateway makes to reach us."""
MOST_AT_ONCE = 16
STAGES_AHEAD = 2
"""Gateways that run beyond the calls that go on at once: the next call is not to wait for its own."""
STARTING_AT_ONCE = 2
"""Gateways that may start at the same time, for which each needs a processor."""
PHONE_PORTS = (50_000, 58_999)
ANONYMOUS = Party("anonymous")


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """How to rehearse. `to`: a gateway that runs, host:port, instead of one of our own."""

    at_once: int = 8
    only: str = ""
    """Calls whose title has this in it."""
    to: str = ""
    keep: Path = Path("rehearsal-failures")
    """Where the recording of each call that failed is kept."""
    junit: Path | None = None
    whole: bool = False
    """Show the conversation of calls that went well, too."""
    settings_file: Path | None = None
    """Whose providers and prices count; None: `gateway.yaml` in the working directory, if it is there."""


async def rehearse(bills: list[Playbill], options: RehearsalOptions, console: Console) -> bool:
    """Rehearse; return whether everything was as expected. Raises GatewayError, OSError."""
    calls = [
        (bill, call) for bill in bills for call in bill.calls if options.only.lower() in call.title.lower()
    ]
    began = time.monotonic()
    outcomes: list[RehearsalOutcome] = []
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with progress:
        task = progress.add_task("loading voice and ears", total=len(calls))
        voices = await asyncio.to_thread(Voices)
        progress.update(task, description="rehearsing")

        def over(outcome: RehearsalOutcome) -> None:
            outcomes.append(outcome)
            progress.advance(task)
            console.print(report.shown(outcome, whole=options.whole))
            _keep(outcome, options.keep, console)

        await _all(calls, options, voices, over)
    if options.junit is not None:
        options.junit.write_bytes(junit.junit(outcomes))
    console.print(report.summary(outcomes, time.monotonic() - began))
    return all(outcome.passed for outcome in outcomes)


async def _all(
    calls: list[tuple[Playbill, NamedRehearsal]],
    options: RehearsalOptions,
    voices: Voices,
    over: Callable[[RehearsalOutcome], None],
) -> None:
    """Hold all calls: those of one file and time of day on one gateway, so many at once."""
    groups: dict[tuple[Path, str | None], list[NamedRehearsal]] = {}
    bills = {bill.file: bill for bill, _ in calls}
    for bill, call in calls:
        groups.setdefault((bill.file, call.rehearsal.call.at), []).append(call)
    async with contextlib.AsyncExitStack() as stack:
        phones = TargetPhones()
        phone, address = await stack.enter_async_context(_phone(options, phones))
        models: dict[Path | str, Model] = {}
        for file, at in groups:
            standing_in = bills[file].script.model
            if standing_in is None or standing_in in models or options.to or _own_time(bills[file], at):
                continue
            model = Model(standing_in if isinstance(standing_in, Path) else None)
            models[standing_in] = await stack.enter_async_context(model)
        run = _Run(options, phone, _Targets(phones, address), voices, models, over)
        async with asyncio.TaskGroup() as tasks:
            for (file, at), of_it in sorted(groups.items(), key=_length, reverse=True):
                tasks.create_task(run.group(bills[file], at, of_it))


def _length(group: tuple[tuple[Path, str | None], list[NamedRehearsal]]) -> int:
    """Return about how long a gateway's calls take: the longest begin first, so that none is left over."""
    return max(len(one.rehearsal.steps) for one in group[1])


def _own_time(bill: Playbill, at: str | None) -> bool:
    """Return whether calls need an embedded agent of their own: one that believes it is another day."""
    return bill.script.model == "embedded" and at is not None


@dataclass(frozen=True, slots=True)
class _Targets:
    """Those to whom callers are put through, and where they are called."""

    phones: TargetPhones
    address: str


class _Run:
    """What all calls share."""

    def __init__(
        self,
        options: RehearsalOptions,
        phone: UserAgent,
        targets: _Targets,
        voices: Voices,
        models: Mapping[Path | str, Model],
        over: Callable[[RehearsalOutcome], None],
    ) -> None:
        self._options = options
        self._phone = phone
        self._targets = targets
        self._voices = voices
        self._models = models
        self._over = over
        self._lines = asyncio.Semaphore(options.at_once)
        self._gateways = asyncio.Semaphore(options.at_once + STAGES_AHEAD)
        self._starting = asyncio.Semaphore(STARTING_AT_ONCE)

    async def group(self, bill: Playbill, at: str | None, calls: list[NamedRehearsal]) -> None:
        """Hold the calls of one file and time of day."""
        async with self._gateways, contextlib.AsyncExitStack() as stack:
            there = _gateway(bill, at, self._models, self._options, self._targets.address)
            try:
                async with self._starting:
                    sip, stage = await stack.enter_async_context(there)
                plans = {} if stage is None else dict(loader.load(bill.plans).plans)
                await asyncio.to_thread(self._prepare_targets, bill, sip, plans)
            except GatewayError as error:  # the other files' calls go on
                for one in calls:
                    self._over(RehearsalOutcome(one, error=str(error)))
                return
            async with asyncio.TaskGroup() as tasks:
                for one in calls:
                    tasks.create_task(
                        self._hold(one, sip, stage, partial(_judge, bill, plans, self._options.settings_file))
                    )

    def _prepare_targets(self, bill: Playbill, sip: str, plans: Mapping[str, Plan]) -> None:
        """Have somebody at the places to which these plans put callers through."""
        called = {
            user: StandIn(
                name,
                bill.script.targets.get(name, "answers"),
                self._voices.say(target_phones.GREETING.format(name=name)),
            )
            for user, name in target_phones.names_of(plans).items()
        }
        self._targets.phones.stand_in(sip, called)

    async def _hold(self, one: NamedRehearsal, sip: str, stage: Stage | None, judge_of: JudgeOf) -> None:
        async with self._lines:
            dialling = _Dialling(self._phone, sip, stage, self._targets)
            self._over(await _call(one, dialling, self._voices, judge_of))


JudgeOf = Callable[[Performance], Judge]
"""Returns who judges what was said in a call. Raises BadInput."""


def _judge(bill: Playbill, plans: Mapping[str, Plan], settings_file: Path | None, call: Performance) -> Judge:
    came = call.deeds.plans if call.deeds is not None else ()
    return judge_for(bill.script, plans.get(came[-1]) if came else None, settings_file)


@contextlib.asynccontextmanager
async def _gateway(
    bill: Playbill,
    at: str | None,
    models: Mapping[Path | str, Model],
    options: RehearsalOptions,
    targets: str,
) -> AsyncIterator[tuple[str, Stage | None]]:
    """Have a gateway: one that runs already, or one of our own."""
    if options.to:
        yield options.to, None
        return
    async with contextlib.AsyncExitStack() as stack:
        model: Model | None = None
        if _own_time(bill, at):
            model = await stack.enter_async_context(Model(None, at))
        elif bill.script.model is not None:
            model = models[bill.script.model]
        stood_in = frozenset() if model is None else providers_of(bill.plans)
        stage = Stage(
            bill.plans,
            model=model,
            stood_in=stood_in,
            at=at,
            targets=targets,
            environment=bill.script.environment,
            settings_file=options.settings_file,
        )
        await stack.enter_async_context(stage)
        yield stage.sip, stage


@contextlib.asynccontextmanager
async def _phone(options: RehearsalOptions, targets: TargetPhones) -> AsyncIterator[tuple[UserAgent, str]]:
    """Have a phone, and where it is called."""
    host = await own_address(f"sip:{options.to}") if options.to else "127.0.0.1"
    settings = SipSettings(host, 0, *PHONE_PORTS, max_calls=MOST_AT_ONCE)
    agent = UserAgent(settings, targets.ring_in)
    port = await agent.start()
    try:
        yield agent, f"{host}:{port}"
    finally:
        await agent.stop()


@dataclass(frozen=True, slots=True)
class _Dialling:
    """How a call comes about: the gateway is rung, or rings whoever rehearses."""

    phone: UserAgent
    sip: str
    stage: Stage | None
    targets: _Targets

    async def leg(self, ringing: WhoRings) -> tuple[SipLeg, str]:
        """Return the phone's leg, and the gateway's id of a call that it makes. Raises GatewayError."""
        if ringing.plan is None:
            caller = Party(ringing.caller) if ringing.caller else ANONYMOUS
            return self.phone.dial(f"sip:{ringing.to}@{self.sip}", caller, headers=ringing.headers), ""
        if self.stage is None:
            cure = "a gateway that runs already is rung alone: leave --to out"
            raise BadInput("rehearsal", "call.plan", ringing.plan, cure)
        coming = self.targets.phones.expects(self.sip, ringing.to)
        number = f"sip:{ringing.to}@{self.targets.address}"
        call = await self.stage.originate(number, ringing.plan, ringing.variables)
        async with within(RINGS_WITHIN_S):
            return await coming, call


async def _call(
    one: NamedRehearsal, dialling: _Dialling, voices: Voices, judge_of: JudgeOf
) -> RehearsalOutcome:
    stage = dialling.stage
    try:
        steps = await asyncio.to_thread(voices.prepared, one.rehearsal)
        performer = Performer(one.rehearsal, steps, voices.transcribe)
        leg, called = await dialling.leg(one.rehearsal.call)
        async with within(LONGEST_CALL_S):
            call = await performer.perform(leg)
        if stage is not None:
            call = replace(call, deeds=await stage.deeds(leg.info.sip_call_id, called))
        opinions = await _opinions(one, call, judge_of)
    except TimeoutError:
        return RehearsalOutcome(one, error=f"the call was not over after {LONGEST_CALL_S:.0f} s")
    except GatewayError as error:
        return RehearsalOutcome(one, error=str(error))
    return RehearsalOutcome(one, tuple(judge(one.rehearsal, call, opinions)), call)


async def _opinions(one: NamedRehearsal, call: Performance, judge_of: JudgeOf) -> dict[Claim, Opinion]:
    """Have the sentences of a rehearsal judged. Raises BadInput where who is to judge cannot be had."""
    asked = claims(one.rehearsal, call)
    if not asked:
        return {}
    judges = await asyncio.to_thread(judge_of, call)
    return {claim: await judges.opinion(claim[1], said) for claim, said in asked.items()}


def providers_of(plans: Path) -> frozenset[str]:
    """Return the names of all providers that plans ask for. Raises BadDialplan."""
    names: set[str] = set()
    for plan in loader.load(plans).plans.values():
        agent = getattr(plan, "agent", None)
        if agent is not None:
            names |= {stage.provider for stage in (agent, *agent.fallback)}
    return frozenset(names - {"local"})


def _keep(outcome: RehearsalOutcome, folder: Path, console: Console) -> None:
    """Keep the recording of a call that failed, and a picture of it where matplotlib is installed."""
    if outcome.passed or outcome.call is None or outcome.call.recording is None:
        return
    if not outcome.call.recording.seconds:
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / (re.sub(r"[^A-Za-z0-9._-]+", "-", outcome.rehearsed.title) + ".wav")
    outcome.call.recording.save(file)
    kept = [str(file)]
    if importlib.util.find_spec("matplotlib") is not None:
        picture.draw(outcome, file.with_suffix(".png"))
        kept.append(file.with_suffix(".png").name)
    console.print(f"            kept in {', '.join(kept)}", markup=False)
