"""Telling a person what would happen to a call: which plan, by which rule, why not the others. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from gateway.call import CallInfo
from gateway.dialplan import numbers
from gateway.dialplan.model import Plan
from gateway.dialplan.snapshot import Dialplan, NoPlan, Routed
from gateway.dialplan.source import Path_, Source
from gateway.dialplan.variables import fill

NAMED = 8
"""Plans with no number for a call that are named; of more, only the count is told."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would happen to a call, and why."""

    outcome: Routed | NoPlan
    number: str
    """What was dialled, as it was understood."""
    caller: str
    now: datetime
    others: tuple[tuple[str, str], ...]
    """Plans that were not taken, each with the reason."""
    effective: str
    """The plan with all that it inherits and its variables filled in, as YAML; secrets stay references."""

    def __str__(self) -> str:
        lines = [
            ("called", self.number),
            ("caller", self.caller),
            ("time", f"{self.now:%a %Y-%m-%d %H:%M %Z}{_zone(self.now)}"),
        ]
        if isinstance(self.outcome, NoPlan):
            lines.append(("plan", "none: the call is refused with 404"))
        else:
            lines += [("plan", self.outcome.plan.name), ("why", self.outcome.why)]
            if lookup := self.outcome.plan.lookup:
                lines.append(("look-up", f"{lookup.url} is asked when a call comes in, and may change this"))
        lines += [(f"not {name}", reason) for name, reason in self.others]
        width = max(len(label) for label, _ in lines) + 2
        text = "\n".join(f"{label:<{width}}{value}" for label, value in lines)
        return f"{text}\n\n{self.effective}" if self.effective else text


def explain(dialplan: Dialplan, call: CallInfo, now: datetime) -> Explanation:
    """Route a call as the gateway does, and tell everything about it."""
    outcome = dialplan.route(call, now)
    called = numbers.address(call.called.user, call.called.host, dialplan.region)
    caller = numbers.address(call.caller.user, call.caller.host, dialplan.region)
    return Explanation(
        outcome,
        _understood(called, call.called.user),
        "anonymous" if caller.anonymous else _understood(caller, call.caller.user),
        now,
        tuple(_others(dialplan, call, outcome)),
        effective(fill(outcome.plan, call, now, region=dialplan.region), dialplan)
        if isinstance(outcome, Routed)
        else "",
    )


def effective(plan: Plan, dialplan: Dialplan) -> str:
    """A plan's keys as YAML, each that stands in another file with its place."""
    data = plan.model_dump(
        mode="json", by_alias=True, exclude_unset=True, exclude={"name", "extends", "template"}
    )
    # What was set by the route and not in a file, such as the refusal of a filter, makes the rest moot.
    data = {key: value for key, value in data.items() if value is not None}
    source = dialplan.sources.get(plan.name)
    return "\n".join(_yaml(data, (), source))


def _zone(now: datetime) -> str:
    """The zone's own name, where its letters are not that: EST is said in several."""
    name = getattr(now.tzinfo, "key", "")
    return f" ({name})" if name and name != now.tzname() else ""


def _understood(address: numbers.DialledAddress, raw: str) -> str:
    text = address.number or address.user
    return text if text == raw else f"{text} (written {raw})"


def _others(dialplan: Dialplan, call: CallInfo, outcome: Routed | NoPlan) -> Iterator[tuple[str, str]]:
    told = {outcome.plan.name} if isinstance(outcome, Routed) else set()
    for verdict in outcome.asked:
        if verdict.refusal and verdict.plan not in told:
            told.add(verdict.plan)
            yield verdict.plan, f"{verdict.rule}; {verdict.refusal}"
    for name, rule in dialplan.candidates(call):
        if name not in told:
            told.add(name)
            yield name, f"{rule}, but is asked later"
    rest = [name for name in dialplan.plans if name not in told]
    for name in rest[:NAMED]:
        numbers_ = dialplan.plans[name].numbers
        yield name, f"numbers are {', '.join(numbers_)}" if numbers_ else "is reached by its name only"
    if len(rest) > NAMED:
        yield f"{len(rest) - NAMED} more", "their numbers do not match"


def _yaml(value: Any, path: Path_, source: Source | None) -> Iterator[str]:
    pad = "  " * len(path)
    for key, item in value.items():
        here = (*path, key)
        label = f"{pad}{_scalar(key)}:"
        if isinstance(item, Mapping) and item:
            yield label
            yield from _yaml(item, here, source)
        elif isinstance(item, str) and "\n" in item:
            yield f"{label} |{_origin(here, source)}"
            yield from (f"{pad}  {line}".rstrip() for line in item.splitlines())
        else:
            yield f"{label} {_scalar(item)}{_origin(here, source)}"


def _scalar(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
    return str(text).removesuffix("\n").removesuffix("\n...")


def _origin(path: Path_, source: Source | None) -> str:
    """Where an inherited key was written."""
    if source is None or path not in source.marks or source.marks[path].file == source.file:
        return ""
    mark = source.marks[path]
    return f"  # {mark.file.name}:{mark.line}"
