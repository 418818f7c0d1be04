"""From a folder of YAML files to a snapshot of plans, or to the list of everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pydantic

from gateway.dialplan import faults, source
from gateway.dialplan.inherit import DEFAULTS, inherit
from gateway.dialplan.model import NEXT, PLAN_NAME, Plan
from gateway.dialplan.problems import BadDialplan, Mark, Problem
from gateway.dialplan.snapshot import Dialplan
from gateway.dialplan.source import Source

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder holds: the plans that are sound, where their keys stand, and every mistake."""

    folder: Path
    region: str | None = None
    plans: Mapping[str, Plan] = field(default_factory=dict)
    """By name, templates among them."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Each plan's file with all that it inherits."""
    problems: tuple[Problem, ...] = ()


def load(folder: Path | str, *, region: str | None = None) -> Dialplan:
    """Read all plans of a folder; `BadDialplan` tells all mistakes of all files."""
    reading = read(Path(folder), region)
    if any(not problem.warning for problem in reading.problems):
        raise BadDialplan(reading.problems)
    return snapshot(reading)


def snapshot(reading: Reading) -> Dialplan:
    """The plans that can answer calls."""
    return Dialplan({name: plan for name, plan in reading.plans.items() if not plan.template}, reading.region)


def read(folder: Path, region: str | None = None) -> Reading:
    """Read and validate every file by itself; what concerns several plans together is for `checks`."""
    problems: list[Problem] = []
    sources: dict[str, Source] = {}
    for file in _files(folder, problems):
        found = source.read(file)
        problems += found.problems
        if found.name in sources:
            cure = f"{sources[found.name].file.name} has the same name; rename one of them"
            problems.append(Problem(Mark(file), "", None, cure))
        elif not PLAN_NAME.fullmatch(found.name) or found.name == NEXT:
            cure = f"rename it: a plan's name is letters, digits, - and _, and not {NEXT!r}"
            problems.append(Problem(Mark(file), "", None, cure))
        else:
            sources[found.name] = found
    whole, circles = inherit(sources)
    problems += circles
    plans = {}
    for name, plan_source in whole.items():
        # A file that is not YAML has been reported; validating what little is known of it would mislead.
        if any(s.problems and not s.data for s in (sources[name], sources.get(DEFAULTS, sources[name]))):
            continue
        plan = _validated(name, plan_source, region, problems)
        if plan:
            plans[name] = plan
    # Files that extend a wrong one repeat its mistakes, at the same place.
    return Reading(folder, region, plans, whole, tuple(dict.fromkeys(problems)))


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        files = sorted(f for f in folder.iterdir() if f.suffix in ENDINGS and not f.name.startswith("."))
    except OSError as error:
        problems.append(Problem(Mark(folder), "", None, f"not a folder of plans: {error.strerror}"))
        return []
    if not files:
        problems.append(
            Problem(Mark(folder), "", None, "holds no plans (*.yaml), so every call is refused", True)
        )
    return files


def _validated(name: str, plan: Source, region: str | None, problems: list[Problem]) -> Plan | None:
    data = dict(plan.data)
    if "name" in data:
        cure = "unknown key; a plan's name is its file's name"
        problems.append(Problem(plan.marks[("name",)], "name", None, cure))
    data["name"] = name
    try:
        return Plan.model_validate(data, context={"folder": plan.file.parent, "region": region})
    except pydantic.ValidationError as error:
        problems += faults.explain(error, plan)
        return None
