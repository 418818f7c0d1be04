"""Reading a folder of YAML files: each plan with all that it inherits, and every mistake in a single file."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydantic

from gateway.dialplan import faults, source
from gateway.dialplan.inherit import DEFAULTS, inherit
from gateway.dialplan.model import ACTIONS, NEXT, PLAN_NAME, Plan
from gateway.dialplan.numbers import known_region
from gateway.dialplan.problems import Mark, Problem, once
from gateway.dialplan.source import Path_, Source

ENDINGS = (".yaml", ".yml")

MOST_ATTEMPTS = 4
"""Taking out a wrong key may leave a mapping without one that it needs, and so on up to the top."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder holds: the plans, where their keys stand, and every mistake."""

    folder: Path
    region: str | None = None
    plans: Mapping[str, Plan] = field(default_factory=dict)
    """By name, templates among them. One with mistakes is here without what is wrong, so that what several
    plans do together can be looked at all the same.
    """
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Each plan's file with all that it inherits."""
    problems: tuple[Problem, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether every file could be read in full."""
        return not any(problem.forbids for problem in self.problems)

    def problem(
        self,
        plan: str,
        path: Path_,
        value: object,
        cure: str,
        *,
        warning: bool = False,
        unready: bool = False,
    ) -> Problem:
        """A mistake at a key of a plan, which may stand in a file that the plan inherits from."""
        key = ".".join(map(str, path))
        return Problem(self.sources[plan].mark(path), key, value, cure, warning, unready)


def read(folder: Path, region: str | None = None) -> Reading:
    """Read and validate every file by itself; what concerns several plans together is for `checks`."""
    problems: list[Problem] = []
    sources: dict[str, Source] = {}
    if region is not None and not known_region(region):
        cure = "unknown region; write a country as ISO 3166 has it, such as DE or US"
        problems.append(Problem(Mark(folder), "region", region, cure))
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
    for name, plan in whole.items():
        # A file that is not YAML has been reported; what little is known of it would only mislead.
        unreadable = [s for s in (sources[name], sources.get(DEFAULTS)) if s and s.problems and not s.data]
        if not unreadable and (valid := _validated(name, plan, region, problems)):
            plans[name] = valid
    return Reading(folder, region, plans, whole, once(problems))


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        files = sorted(f for f in folder.iterdir() if f.suffix in ENDINGS and not f.name.startswith("."))
    except OSError as error:
        problems.append(Problem(Mark(folder), "", None, f"not a folder of plans: {error.strerror}"))
        return []
    if not files:
        cure = "holds no plans (*.yaml), so every call is refused"
        problems.append(Problem(Mark(folder), "", None, cure, warning=True))
    return files


def _validated(name: str, plan: Source, region: str | None, problems: list[Problem]) -> Plan | None:
    data = plan.data
    if "name" in data:
        cure = "unknown key; a plan's name is its file's name"
        problems.append(Problem(plan.marks[("name",)], "name", None, cure))
    context = {"folder": plan.file.parent, "region": region}
    for attempt in range(MOST_ATTEMPTS):
        try:
            return Plan.model_validate(data | {"name": name}, context=context)
        except pydantic.ValidationError as error:
            if not attempt:
                problems += faults.explain(error, plan)
            data = _without(data, [faults.path_in(data, detail["loc"]) for detail in error.errors()])
    return None


def _without(data: dict[str, Any], wrong: list[Path_]) -> dict[str, Any]:
    """The data without its wrong keys; a list with a wrong item goes as a whole, so that places stay true."""
    data = copy.deepcopy(data)
    for path in wrong:
        at: Any = data
        for part in path[:-1]:
            if not isinstance(at, dict) or not isinstance(at.get(part), dict):
                break
            at = at[part]
        else:
            part = path[-1] if path else ""
        if isinstance(at, dict):
            at.pop(part, None)
    if not any(isinstance(data.get(action), dict) for action in ACTIONS) and not data.get("template"):
        data["reject"] = {}
    return data
