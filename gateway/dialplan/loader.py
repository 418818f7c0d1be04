"""Loading a folder of plans, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.dialplan import checks
from gateway.dialplan.checks import AgentCheck, Catalog, TrunkHeaders
from gateway.dialplan.problems import BadDialplan, Problem, once
from gateway.dialplan.reading import read
from gateway.dialplan.snapshot import Dialplan, ToolNames

ToolMaker = Callable[[Path], ToolNames]
"""Makes the functions that the plans of a folder may name, anew each time they are read."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a check found. `dialplan` is there when no mistake keeps the plans from being used."""

    dialplan: Dialplan | None
    problems: tuple[Problem, ...]
    """In the order of files and lines."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the plans from being used."""
        return tuple(problem for problem in self.problems if problem.forbids)


def check(
    folder: Path | str,
    *,
    region: str | None = None,
    providers: Catalog | None = None,
    tools: ToolMaker | None = None,
    agents: AgentCheck | None = None,
    trunks: TrunkHeaders | None = None,
) -> LoadReport:
    """Read all plans of a folder and tell everything that is wrong with them.

    `region` (ISO 3166, such as `DE`) says how national numbers are meant. `providers` has the voices of each
    provider (None: any voice), `tools` makes the functions that an agent may be given, `agents` looks at each
    agent, `trunks` are those there are, each with the headers it lets plans see; None leaves them unchecked.
    """
    reading = read(Path(folder), region)
    functions = tools(Path(folder)) if tools is not None else None
    ordered = once([*reading.problems, *checks.problems(reading, providers, functions, agents, trunks)])
    if any(problem.forbids for problem in ordered):
        return LoadReport(None, ordered)
    plans = {name: plan for name, plan in reading.plans.items() if not plan.template}
    return LoadReport(Dialplan(plans, region, reading.sources, functions), ordered)


def load(
    folder: Path | str,
    *,
    region: str | None = None,
    providers: Catalog | None = None,
    tools: ToolMaker | None = None,
    agents: AgentCheck | None = None,
) -> Dialplan:
    """The plans of a folder as a snapshot; `BadDialplan` tells all mistakes of all files (see `check`)."""
    report = check(folder, region=region, providers=providers, tools=tools, agents=agents)
    if report.dialplan is None:
        raise BadDialplan(report.problems)
    return report.dialplan
