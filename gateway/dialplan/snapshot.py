"""All plans of a folder at one moment, and the choice of one for a call. Immutable; no I/O, no clock.

The order of asking:

1. the number in the Request-URI: plans that name it exactly, then plans with a pattern for it;
2. the same for To, when it names somebody else (a trunk that registers rings its own account name);
3. plans for any number (`*`).

Within each, plans are asked by their `order`, then by file name, and the first whose trunk, headers, caller
and hours fit is taken. A plan that is reached by name (`closed`, `otherwise`, a menu's key, a look-up) is not
asked for its numbers, trunk and headers, but for its callers and hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.call import CallInfo
from gateway.dialplan import hours, numbers
from gateway.dialplan.conditions import CallerFilter, HeaderTest, header_test
from gateway.dialplan.index import Index
from gateway.dialplan.model import NEXT, Plan, Reject
from gateway.dialplan.numbers import DialledAddress, Kind
from gateway.dialplan.source import Source


@dataclass(frozen=True, slots=True)
class Rule:
    """What made a plan hold for a call: the entry of its `numbers`, and the address that it matched."""

    kind: Kind | None
    """None: reached by its name."""
    entry: str
    address: str = ""

    def __str__(self) -> str:
        match self.kind:
            case Kind.EXACT | Kind.PATTERN:
                return f"{self.kind} {self.entry} matches {self.address}"
            case Kind.ANY:
                return "any number"
        return f"named by {self.entry}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one plan that was asked."""

    plan: str
    rule: Rule
    refusal: str = ""
    """Why it was not taken as it is; empty if it was."""
    instead: str = ""
    """What its refusal leads to: `next`, a status or a plan's name."""
    by_its_hours: bool = False
    """Whether it was its opening hours that decided."""


@dataclass(frozen=True, slots=True)
class Routed:
    """The plan for a call. Its action may be a rejection that a caller filter or closing time asked for."""

    plan: Plan
    rule: Rule
    asked: tuple[Verdict, ...] = ()
    """The plans that were asked, in order; the last one was taken."""

    @property
    def why(self) -> str:
        """One line for logs and people."""
        steps = [
            f"{v.plan}: {v.rule}" + (f"; {v.refusal} -> {v.instead}" if v.refusal else "") for v in self.asked
        ]
        return ", then ".join(steps)


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No plan holds for the call: 404."""

    asked: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A plan with its conditions compiled."""

    plan: Plan
    callers: CallerFilter
    headers: tuple[HeaderTest, ...]
    schedule: hours.Schedule | None


class ToolNames(Protocol):
    """The functions that an agent may be given."""

    def fault(self, name: str) -> str:
        """Return why a plan cannot name this one, and what to do; "" if it can."""

    def clash(self, names: Iterable[str]) -> str:
        """Return what two of these would both be called for the model; "" if there is no such."""

    def shown(self) -> tuple[str, ...]:
        """Return a line for each function of the plans' author that was named."""


@dataclass(frozen=True, slots=True, eq=False)
class Dialplan:
    """A folder of plans that passed its check."""

    plans: Mapping[str, Plan]
    """By name, in the order of asking."""
    region: str | None = None
    """ISO 3166: how national numbers are meant."""
    sources: Mapping[str, Source] = field(default_factory=dict, repr=False)
    """Where each key of each plan was written; for people who ask."""
    tools: ToolNames | None = field(default=None, repr=False)
    """The functions that its plans name, as they were when it was read."""
    _ready: dict[str, _Ready] = field(init=False, repr=False)
    _index: Index[_Ready] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ordered = asking_order(self.plans.values())
        ready = {plan.name: _compiled(plan, self.region) for plan in ordered}
        # Frozen means for everybody else; these are derived from what was given.
        object.__setattr__(self, "plans", {plan.name: plan for plan in ordered})
        object.__setattr__(self, "_ready", ready)
        entries = [
            (numbers.parse_entry(text, self.region), ready[p.name]) for p in ordered for text in p.numbers
        ]
        object.__setattr__(self, "_index", Index(entries))

    def route(self, call: CallInfo, now: datetime) -> Routed | NoPlan:
        """Choose the plan for a call that comes in at `now` (which must know its zone)."""
        asked: list[Verdict] = []
        caller = numbers.address(call.caller.user, call.caller.host, self.region)
        tried: set[str] = set()
        for ready, rule in self._candidates(call):
            if ready.plan.name in tried:
                continue
            tried.add(ready.plan.name)
            if refusal := _refusal(ready, call):
                asked.append(Verdict(ready.plan.name, rule, refusal, NEXT))
                continue
            if routed := self._enter(ready, rule, caller, now, asked):
                return routed
        return NoPlan(tuple(asked))

    def clock(self, call: CallInfo, now: datetime) -> str | None:
        """Return the time zone by which a call's time of day counts; None where no plan takes the call.

        It is that of the first plan asked whose hours decide, else of the plan taken.
        """
        found = self.route(call, now)
        by_hours = next((verdict.plan for verdict in found.asked if verdict.by_its_hours), None)
        if by_hours is not None:
            return self.plans[by_hours].timezone
        return found.plan.timezone if isinstance(found, Routed) else None

    def follow(self, target: str, named_by: str, call: CallInfo, now: datetime) -> Routed:
        """Go to a plan that another one names: by a menu's key or a look-up."""
        caller = numbers.address(call.caller.user, call.caller.host, self.region)
        routed = self._enter(self._ready[target], Rule(None, named_by), caller, now, [])
        assert routed is not None, "a plan reached by name has no next one"
        return routed

    def candidates(self, call: CallInfo) -> Iterator[tuple[str, Rule]]:
        """All plans whose numbers hold for a call, in the order of asking; a plan may come more than once."""
        return ((ready.plan.name, rule) for ready, rule in self._candidates(call))

    def _candidates(self, call: CallInfo) -> Iterator[tuple[_Ready, Rule]]:
        for address in _called(call, self.region):
            for entry, ready in self._index.narrow(address):
                yield ready, Rule(entry.kind, entry.text, address.number or address.user)
        for entry, ready in self._index.any():
            yield ready, Rule(entry.kind, entry.text)

    def _enter(
        self, ready: _Ready, rule: Rule, caller: DialledAddress, now: datetime, asked: list[Verdict]
    ) -> Routed | None:
        """Ask a plan's callers and hours, and follow what it names instead; None means the next plan."""
        visited: set[str] = set()
        while True:
            plan = ready.plan
            instead: int | str = NEXT
            status, by_hours = 0, ready.schedule is not None
            if refusal := ready.callers.refusal(caller):
                instead, status, by_hours = plan.from_.otherwise, 603, False
            elif ready.schedule and plan.hours and not ready.schedule.is_open(now):
                local = now.astimezone(ready.schedule.zone)
                refusal = f"closed at {local:%a %Y-%m-%d %H:%M} {plan.timezone}"
                instead, status = plan.hours.closed, 480
            if not refusal:
                asked.append(Verdict(plan.name, rule, by_its_hours=by_hours))
                return Routed(plan, rule, tuple(asked))
            visited.add(plan.name)
            if instead == NEXT and rule.kind is not None:
                asked.append(Verdict(plan.name, rule, refusal, NEXT, by_hours))
                return None
            if instead == NEXT or instead in visited:
                # By name there is no next plan; a circle is refused at load, but a call must end anyhow.
                instead = status
            asked.append(Verdict(plan.name, rule, refusal, str(instead), by_hours))
            if isinstance(instead, int):
                return Routed(plan.with_action(Reject(status=instead)), rule, tuple(asked))
            rule = Rule(None, plan.name)
            ready = self._ready[instead]


def asking_order(plans: Iterable[Plan]) -> list[Plan]:
    """By `order`, then by file name."""
    return sorted(plans, key=lambda plan: (plan.order, plan.name))


def _called(call: CallInfo, region: str | None) -> tuple[DialledAddress, ...]:
    called = numbers.address(call.called.user, call.called.host, region)
    to = numbers.address(call.to.user, call.to.host, region)
    return (called, to) if to.user and to != called else (called,)


def _refusal(ready: _Ready, call: CallInfo) -> str:
    """Why a call is not for a plan, by its trunk and headers; empty if it is."""
    if ready.plan.trunk and call.trunk not in ready.plan.trunk:
        return f"the call came over {call.trunk or 'no trunk'}, not {' or '.join(ready.plan.trunk)}"
    return next(filter(None, (test.refusal(call.headers) for test in ready.headers)), "")


def _compiled(plan: Plan, region: str | None) -> _Ready:
    return _Ready(
        plan,
        CallerFilter(plan.from_.allow, plan.from_.deny, region),
        tuple(header_test(name, text) for name, text in plan.headers.items()),
        hours.schedule(plan.timezone, plan.hours.open, plan.hours.holidays) if plan.hours else None,
    )
