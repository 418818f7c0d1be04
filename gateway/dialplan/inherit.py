"""How plans build on each other: `defaults.yaml` under every plan, and `extends` for another one.

The rule: what a file says holds; what it does not say comes from the plan it extends, then from
defaults.yaml. Mappings are merged key by key, lists and values are replaced, null is a value like any other.
Three things would surprise if merged, and are not:

- a file that names an action drops the inherited one; so do `say` and `play` for each other;
- a mapping whose `type` changes (`turn_detection`) starts anew;
- `numbers`, `order`, `template` and `extends` belong to one file alone.

The inherited `agent` also lies under the agents that are written inside a menu.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.dialplan.model import ACTIONS
from gateway.dialplan.problems import Mark, Problem, did_you_mean
from gateway.dialplan.source import Source

DEFAULTS = "defaults"
OWN = frozenset({"numbers", "order", "template", "extends"})
"""Keys that are not inherited."""

_INSTEAD_OF_EACH_OTHER = (frozenset(ACTIONS), frozenset({"say", "play"}))


def inherit(sources: Mapping[str, Source]) -> tuple[dict[str, Source], list[Problem]]:
    """Each plan with all that it inherits, by name (without the defaults), and what is wrong on the way."""
    problems: list[Problem] = []
    whole: dict[str, Source] = {}
    for name, source in sources.items():
        if name == DEFAULTS:
            problems += _defaults_problems(source)
            continue
        line = _line(name, sources, problems)
        merged = line[0]
        for heir in line[1:]:
            merged = _merged(merged, heir)
        whole[name] = _under_menus(merged, line)
    return whole, problems


def merge(base: Any, over: Any) -> Any:
    """`over` laid on `base` by the rule above."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    if "type" in over and "type" in base and over["type"] != base["type"]:
        return over
    dropped = {key for group in _INSTEAD_OF_EACH_OTHER if group & over.keys() for key in group - over.keys()}
    kept = {key: value for key, value in base.items() if key not in dropped}
    return kept | {key: merge(kept.get(key), value) for key, value in over.items()}


def _merged(base: Source, over: Source) -> Source:
    inherited = {key: value for key, value in base.data.items() if key not in OWN}
    return Source(over.file, merge(inherited, over.data), base.marks | over.marks, over.problems)


def _line(name: str, sources: Mapping[str, Source], problems: list[Problem]) -> list[Source]:
    """The files that make up a plan, from the most general to its own."""
    line, seen = [sources[name]], [name]
    while isinstance(base := line[0].data.get("extends"), (str, int)):
        base = str(base)
        mark = line[0].marks[("extends",)]
        if base == DEFAULTS:
            problems.append(Problem(mark, "extends", base, "every plan does; remove this line"))
            break
        if base not in sources:
            cure = f"there is no such plan; {did_you_mean(base, sources.keys() - {DEFAULTS})}"
            problems.append(Problem(mark, "extends", base, cure))
            break
        if base in seen:
            # Reported by the files on the circle only, not by those that lead into it.
            if base == name:
                circle = " -> ".join([*seen, base])
                mark = sources[name].marks[("extends",)]
                problems.append(Problem(mark, "extends", seen[-1], f"goes round in a circle: {circle}"))
            break
        line.insert(0, sources[base])
        seen.append(base)
    if DEFAULTS in sources:
        line.insert(0, sources[DEFAULTS])
    return line


def _defaults_problems(source: Source) -> list[Problem]:
    cure = "the defaults answer no calls themselves; put this into a plan of its own"
    return [
        Problem(source.marks.get((key,), Mark(source.file)), key, source.data[key], cure)
        for key in sorted(OWN & source.data.keys())
    ]


def _under_menus(plan: Source, line: list[Source]) -> Source:
    agent: Any = {}
    for source in line:
        agent = merge(agent, source.data.get("agent") or {})
    if not agent or not isinstance(plan.data.get("menu"), dict):
        return plan
    return Source(
        plan.file, plan.data | {"menu": _with_agent(plan.data["menu"], agent)}, plan.marks, plan.problems
    )


def _with_agent(menu: dict[str, Any], agent: Any) -> dict[str, Any]:
    def target(value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("agent"), dict):
            return value | {"agent": merge(agent, value["agent"])}
        if isinstance(value, dict) and isinstance(value.get("menu"), dict):
            return value | {"menu": _with_agent(value["menu"], agent)}
        return value

    menu = dict(menu)
    if isinstance(menu.get("options"), dict):
        menu["options"] = {key: target(value) for key, value in menu["options"].items()}
    if "otherwise" in menu:
        menu["otherwise"] = target(menu["otherwise"])
    return menu
