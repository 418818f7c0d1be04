"""What can only be seen when all plans are looked at together, and what lies outside of their files."""

from __future__ import annotations

import wave
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from gateway.dialplan import numbers, variables
from gateway.dialplan.contradictions import contradictions
from gateway.dialplan.model import NEXT, Agent, McpServer, Menu, ModelRoute, Plan, Webhook
from gateway.dialplan.model.session_keys import TOOL_CHOICES
from gateway.dialplan.numbers import Entry, Kind, covers
from gateway.dialplan.problems import Problem, Remark, did_you_mean
from gateway.dialplan.reading import Reading
from gateway.dialplan.snapshot import ToolNames, asking_order
from gateway.dialplan.source import Path_
from gateway.dialplan.values import Secretive
from gateway.dialplan.voice_check import voice_remarks
from gateway.dialplan.webhook_check import webhook_faults
from gateway.images import fault as image_fault

Catalog = Mapping[str, Collection[str] | None]
"""The providers that there are, each with its voices; None: any voice may be asked for."""

TrunkHeaders = Mapping[str, Collection[str] | None]
"""The trunks that there are, each with the headers of its callers that plans may see; None: all."""

AgentCheck = Callable[[Plan, Agent], Iterable[Remark]]
"""Looks at a plan's agent. Paths begin under it."""

Parts = list[tuple[Path_, object]]
"""The mappings, secrets and files of a plan, each with its place."""

Reference = tuple[Path_, str]
"""The name of another plan to which a call may go, with the place of the name."""

Onward = Mapping[str, list[Reference]]
"""The references of each plan."""

_BEFORE = (("from", "otherwise"), ("hours", "closed"))
"""Keys that send a call on before anything else happens."""

T = TypeVar("T")


def problems(
    reading: Reading,
    providers: Catalog | None,
    tools: ToolNames | None,
    agents: AgentCheck | None = None,
    trunks: TrunkHeaders | None = None,
) -> Iterator[Problem]:
    """Everything that is wrong beyond single keys."""
    # A plan that exists but is wrong has been reported; that others name it is right.
    targets = {n for n in reading.sources if n not in reading.plans or not reading.plans[n].template}
    onward = {}
    for name, plan in reading.plans.items():
        parts = list(_parts(plan, ()))
        onward[name] = list(_references(plan, parts))
        yield from _names(reading, name, onward[name], targets)
        yield from _outside(reading, name, parts)
        for path, agent in _of(Agent, parts):
            found = [*_provider(agent, providers), *_tools(agent, tools), *_choice(agent)]
            found += [*webhook_faults(plan, agent), *_leads(plan, agent)]
            yield from (reading.problem(name, (*path, *key), value, cure) for key, value, cure in found)
            if agents is not None and not plan.template:
                for said in agents(plan, agent):
                    yield _remarked(reading, name, said, path)
        if not plan.template:
            for said in (*voice_remarks(plan), *contradictions(plan)):
                yield _remarked(reading, name, said)
        yield from _trunks(reading, name, plan, trunks)
        for path, variable, known in variables.unknown(plan):
            cure = f"unknown variable; {did_you_mean(variable, known)}"
            yield reading.problem(name, path, "{" + variable + "}", cure)
    yield from _too_late(reading, onward)
    yield from _circles(reading, onward)
    yield from _shadows(reading)
    yield from _never_reached(reading, onward)


def _remarked(reading: Reading, name: str, said: Remark, under: Path_ = ()) -> Problem:
    here = (*under, *said.path)
    return reading.problem(name, here, said.value, said.cure, warning=said.warning, unready=said.unready)


# --- plans that name plans ---------------------------------------------------------------------------


def _references(plan: Plan, parts: Parts) -> Iterator[Reference]:
    """Every name of another plan to which a call may go from this one, with its place."""
    if isinstance(plan.from_.otherwise, str):
        yield ("from", "otherwise"), plan.from_.otherwise
    if plan.hours and isinstance(plan.hours.closed, str):
        yield ("hours", "closed"), plan.hours.closed
    if plan.lookup:
        for index, name in enumerate(plan.lookup.plans):
            yield ("lookup", "plans", index), name
        if plan.lookup.otherwise:
            yield ("lookup", "otherwise"), plan.lookup.otherwise
    yield from _of_results(parts)
    yield from _ways_on(parts)


def _ways_on(parts: Parts) -> Iterator[Reference]:
    """Those to which it may go once it is answered."""
    for path, menu in _of(Menu, parts):
        for key, target in menu.options.items():
            if isinstance(target, str):
                yield (*path, "options", key), target
        if isinstance(menu.otherwise, str):
            yield (*path, "otherwise"), menu.otherwise
    for path, agent in _of(Agent, parts):
        for index, name in enumerate(agent.goto):
            yield (*path, "goto", index), name


def _of_results(parts: Parts) -> Iterator[Reference]:
    """The plans to which the result of a function may send a call."""
    of_hooks = ((path, hook.plans) for path, hook in _of(Webhook, parts))
    of_servers = ((path, server.plans) for path, server in _of(McpServer, parts))
    for path, plans in (*of_hooks, *of_servers):
        yield from (((*path, "plans", index), name) for index, name in enumerate(plans))


def _trunks(reading: Reading, name: str, plan: Plan, trunks: TrunkHeaders | None) -> Iterator[Problem]:
    if trunks is None:
        return
    for path, trunk in _trunk_names(plan):
        if trunk not in trunks:
            cure = f"there is no such trunk in gateway.yaml; {did_you_mean(trunk, trunks)}"
            yield reading.problem(name, path, trunk, cure, warning=True)
    for path, header in _withheld(plan, trunks):
        cure = f"no call of {' or '.join(plan.trunk)} has it: add it to the trunk's pass_headers"
        yield reading.problem(name, path, header, cure, warning=True)


def _trunk_names(plan: Plan) -> Iterator[Reference]:
    """Every name of a trunk in a plan, with its place."""
    for index, trunk in enumerate(plan.trunk):
        yield ("trunk", index), trunk
    for name, target in plan.targets.items():
        if target.trunk:
            yield ("targets", name, "trunk"), target.trunk


def _withheld(plan: Plan, trunks: TrunkHeaders) -> Iterator[Reference]:
    """Every header that a plan for certain trunks' calls goes by, and none of them lets it see."""
    passed = [trunks.get(trunk) for trunk in plan.trunk]
    if not passed or None in passed:
        return
    seen = {header.lower() for headers in passed for header in headers or ()}
    named: list[Reference] = [(("pass_headers", at), name) for at, name in enumerate(plan.pass_headers)]
    named += [(("headers", name), name) for name in plan.headers]
    yield from ((path, header) for path, header in named if header.lower() not in seen)


def _names(reading: Reading, name: str, onward: list[Reference], targets: set[str]) -> Iterator[Problem]:
    for path, target in onward:
        may_be_next = path in _BEFORE
        if target == NEXT and may_be_next:
            continue
        if target not in targets:
            what = "a template answers no calls" if target in reading.plans else "there is no such plan"
            near = did_you_mean(target, targets | ({NEXT} if may_be_next else set()))
            yield reading.problem(name, path, target, f"{what}; {near}")


def _too_late(reading: Reading, onward: Onward) -> Iterator[Problem]:
    """Ways after the answer that lead to a redirect or reject, directly or because a plan is closed."""
    for name, references in onward.items():
        for path, target in references:
            ways = [target] if path[0] == "menu" or "goto" in path else []
            seen: set[str] = set()
            while ways:
                at = ways.pop()
                if at in seen or at not in reading.plans:
                    continue
                seen.add(at)
                ways += [to for before, to in onward[at] if before in _BEFORE]
                if done := _before_the_answer(reading.plans[at]):
                    rather = "lead to a plan with agent, announce or menu"
                    rather += ", or leave it out to hang up" if path[-1] == "otherwise" else ""
                    cure = f"the call is answered by then and cannot be {done}, as {at} does; {rather}"
                    yield reading.problem(name, path, target, cure)


def _before_the_answer(plan: Plan) -> str:
    """What a plan does that can only be done to a call that rings (RFC 3261 13.3.1); empty if nothing."""
    if plan.redirect:
        return "redirected"
    return f"refused with {plan.reject.status}" if plan.reject else ""


def _circles(reading: Reading, onward: Onward) -> Iterator[Problem]:
    """Plans that send a call on before it is answered, and back to themselves."""
    onward = {name: [r for r in references if r[0] in _BEFORE] for name, references in onward.items()}
    for start, ways in onward.items():
        stack = [(path, [start, to]) for path, to in ways]
        seen: set[str] = set()
        while stack:
            path, way = stack.pop()
            if way[-1] == start:
                cure = f"goes round in a circle: {' -> '.join(way)}"
                yield reading.problem(start, path, way[1], cure)
                break
            if way[-1] not in seen:
                seen.add(way[-1])
                stack += [(path, [*way, to]) for _, to in onward.get(way[-1], ())]


def _never_reached(reading: Reading, onward: Onward) -> Iterator[Problem]:
    extended = {plan.extends for plan in reading.plans.values()}
    reached: set[str] = set()
    plans = reading.plans.items()
    waiting = [name for name, plan in plans if plan.numbers or "outbound" in plan.model_fields_set]
    while waiting:
        name = waiting.pop()
        if name not in reached and name in onward:
            reached.add(name)
            waiting += [target for _, target in onward[name]]
    # A mistake may hide the key that leads here; it comes first.
    if not reading.sound:
        return
    for name, plan in reading.plans.items():
        if plan.template and name not in extended:
            yield reading.problem(
                name, (), None, "a template that no plan extends; extend it or remove the file"
            )
        elif not plan.template and name not in reached:
            cure = "never reached: add numbers, name it in another plan, or write outbound: {} to call by it"
            yield reading.problem(
                name, (), None, cure + (", or write template: true" if name in extended else "")
            )


# --- numbers -----------------------------------------------------------------------------------------


def _shadows(reading: Reading) -> Iterator[Problem]:
    """Entries that never match, because a plan that is asked earlier takes all of their calls."""
    exact: dict[str, list[tuple[Plan, Entry]]] = defaultdict(list)
    patterns: dict[str, list[tuple[Plan, Entry]]] = defaultdict(list)
    for plan in asking_order(p for p in reading.plans.values() if not p.template):
        for index, text in enumerate(plan.numbers):
            entry = numbers.parse_entry(text, reading.region)
            if entry.kind is Kind.EXACT:
                earlier = exact[entry.key]
            elif entry.kind is Kind.ANY:
                earlier = [found for found in patterns[""] if found[1].kind is Kind.ANY]
            else:
                # One pattern covers another only if its fixed beginning is a beginning of the other's.
                earlier = [f for end in range(len(entry.key) + 1) for f in patterns.get(entry.key[:end], ())]
            yield from _shadow(reading, plan, index, entry, earlier)
            (exact if entry.kind is Kind.EXACT else patterns)[entry.key].append((plan, entry))


def _shadow(
    reading: Reading, plan: Plan, index: int, entry: Entry, earlier: list[tuple[Plan, Entry]]
) -> Iterator[Problem]:
    for other, wide in earlier:
        if wide.kind is not entry.kind or not covers(wide, entry):
            continue
        if other is plan:
            cure = f"already covered by {wide.text} in this list; remove it"
        elif _takes_all(other) or _conditions(other) == _conditions(plan):
            file = reading.sources[other.name].file.name
            cure = f"never matches: {wide.text} in {file} is asked earlier; remove one, or change order"
        else:
            continue
        yield reading.problem(plan.name, ("numbers", index), entry.text, cure)
        return


def _takes_all(plan: Plan) -> bool:
    """Whether a plan leaves no call of its numbers to the plans asked after it."""
    filtered = (plan.from_.allow or plan.from_.deny) and plan.from_.otherwise == NEXT
    return (
        not plan.headers
        and not plan.trunk
        and not filtered
        and not (plan.hours and plan.hours.closed == NEXT)
    )


def _conditions(plan: Plan) -> object:
    return (dict(plan.headers), plan.trunk, plan.from_, plan.hours, plan.timezone)


# --- outside of the files ----------------------------------------------------------------------------


Fault = tuple[Path_, str, str]
"""Key under the agent, value, cure."""


def _provider(agent: Agent, providers: Catalog | None) -> Iterator[Fault]:
    if providers is None:
        return
    yield from _stage(agent, (), providers)
    for index, stage in enumerate(agent.fallback):
        yield from _stage(stage, ("fallback", index), providers)


def _stage(stage: ModelRoute, path: Path_, providers: Catalog) -> Iterator[Fault]:
    if stage.provider not in providers:
        cure = f"unknown provider; {did_you_mean(stage.provider, providers)}"
        yield (*path, "provider"), stage.provider, cure
        return
    voices = providers[stage.provider]
    # Another address under the same provider may be any server, with voices of its own.
    if stage.voice and voices is not None and stage.voice not in voices and stage.url is None:
        cure = f"{stage.provider} has no such voice; {did_you_mean(stage.voice, voices)}"
        yield (*path, "voice"), stage.voice, cure


def _choice(agent: Agent) -> Iterator[Fault]:
    """Look at what contradicts itself within an agent."""
    choice, offered = agent.tool_choice, (*agent.tools, *agent.webhooks)
    if choice == "required" and not offered and not agent.mcp:
        yield ("tool_choice",), choice, "there are no tools to choose from: add tools, or leave it out"
    elif choice is not None and choice.partition("__")[0] in agent.mcp:
        pass  # only the server knows
    elif choice is not None and choice not in (*TOOL_CHOICES, *offered):
        cure = f"not one of the agent's tools; {did_you_mean(choice, (*TOOL_CHOICES, *offered))}"
        yield ("tool_choice",), choice, cure
    if agent.warm_sessions and agent.safety_identifier:
        cure = "is of no use with safety_identifier: a connection made before the call names no caller"
        yield ("warm_sessions",), str(agent.warm_sessions), cure


def _leads(plan: Plan, agent: Agent) -> Iterator[Fault]:
    """Look at functions that lead nowhere, and at ways that no function leads."""
    if "transfer" in agent.tools and not plan.targets:
        yield ("tools",), "transfer", "to whom? list them under targets:"
    if "leave_message" in agent.tools and plan.messages is None:
        yield ("tools",), "leave_message", "where to? name a folder under messages:"
    if "machine_answered" in agent.tools and plan.outbound.on_machine is None:
        yield ("tools",), "machine_answered", "what is done then? say it under outbound: on_machine"
    if "goto" in agent.tools and not agent.goto:
        yield ("tools",), "goto", "where to? list plans under goto:"
    if agent.goto and "goto" not in agent.tools:
        yield ("goto",), ", ".join(agent.goto), "no function leads there: add goto to tools"


def _tools(agent: Agent, tools: ToolNames | None) -> Iterator[Fault]:
    if tools is None:
        return
    for index, tool in enumerate(agent.tools):
        if fault := tools.fault(tool):
            yield ("tools", index), tool, fault
    if twice := tools.clash((*agent.tools, *agent.webhooks)):
        cure = f"both are {twice!r} to the model: rename one"
        yield ("tools",), ", ".join((*agent.tools, *agent.webhooks)), cure


def _outside(reading: Reading, name: str, parts: Parts) -> Iterator[Problem]:
    for path, secret in _of(Secretive, parts):
        for missing in secret.missing():
            cure = f"{missing}; calls of this plan need it"
            yield reading.problem(name, path, secret.text, cure, unready=True)
    for path, file in _of(Path, parts):
        if fault := image_fault(file) if path[-1] == "image" else sound_fault(file):
            yield reading.problem(name, path, str(file), fault)


def sound_fault(file: Path) -> str:
    """Why a file cannot be played; empty if it can."""
    try:
        with wave.open(str(file), "rb") as sound:
            if sound.getsampwidth() != 2 or sound.getnchannels() > 2 or not sound.getnframes():
                return "must be a WAV file with PCM 16 bit, mono or stereo, and not empty"
    except FileNotFoundError:
        return "there is no such file; the path starts at the folder of the plan"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (wave.Error, EOFError):
        return "must be a WAV file with PCM 16 bit"
    return ""


def _parts(value: Any, path: Path_) -> Iterator[tuple[Path_, object]]:
    if isinstance(value, BaseModel):
        yield path, value
        for name, field in type(value).model_fields.items():
            yield from _parts(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, (Secretive, Path)):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _parts(item, (*path, key))


def _of(kind: type[T], parts: Parts) -> Iterator[tuple[Path_, T]]:
    return ((path, value) for path, value in parts if isinstance(value, kind))
