"""Reloading plans while calls are up: a new snapshot takes the old one's place, whole, or not at all."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from watchfiles import awatch

from gateway.dialplan.checks import AgentCheck, Catalog, TrunkHeaders
from gateway.dialplan.loader import ToolMaker, check
from gateway.dialplan.problems import BadDialplan, Problem
from gateway.dialplan.snapshot import Dialplan

DEBOUNCE_MS = 300
"""Editors write a file in several steps, and people save several files together."""
LOOK_EVERY_MS = 250
"""Between two looks at what has changed: each wakes a thread, in a process that may be at rest."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the plans in force are those in the folder."""

    plans: int
    problems: tuple[Problem, ...] = ()
    """What the last attempt to load found; with an error among them, older plans are in force."""

    @property
    def ok(self) -> bool:
        """Whether the last attempt succeeded."""
        return not any(problem.forbids for problem in self.problems)


class LiveDialplan:
    """The snapshot in force. `current` and `health` are each replaced in one step; read them anywhere."""

    def __init__(
        self,
        folder: Path | str,
        *,
        region: str | None = None,
        providers: Catalog | None = None,
        tools: ToolMaker | None = None,
        agents: AgentCheck | None = None,
        trunks: TrunkHeaders | None = None,
    ) -> None:
        """Load for the first time; `BadDialplan` if the folder cannot be used."""
        self._folder = Path(folder)
        self._check = partial(
            check, folder, region=region, providers=providers, tools=tools, agents=agents, trunks=trunks
        )
        self._one_at_a_time = threading.Lock()
        report = self._check()
        if report.dialplan is None:
            raise BadDialplan(report.problems)
        _log(report.problems)
        self.current: Dialplan = report.dialplan
        self.health = Health(len(self.current.plans), report.problems)

    def reload(self) -> bool:
        """Read the folder again. A mistake changes nothing, is logged, and shows in `health`."""
        with self._one_at_a_time:
            report = self._check()
            _log(report.problems, self.health.problems)
            if report.dialplan is None:
                log.error("dialplan.not_reloaded", errors=len(report.errors))
            else:
                self.current = report.dialplan
                log.info("dialplan.reloaded", plans=len(self.current.plans))
            self.health = Health(len(self.current.plans), report.problems)
            return report.dialplan is not None

    async def watch(self, stop: asyncio.Event) -> None:
        """Reload whenever something in the folder changes, until `stop`."""
        # Everything counts, not only *.yaml: sounds lie here, and mounted folders swap a hidden link.
        changes = awatch(
            self._folder,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            step=LOOK_EVERY_MS,
            stop_event=stop,
            recursive=True,
        )
        async for _ in changes:
            # In a thread: a thousand plans take a second, and calls must not wait for it.
            await asyncio.to_thread(self.reload)


def _log(problems: tuple[Problem, ...], former: tuple[Problem, ...] = ()) -> None:
    for problem in problems:
        told = {"where": str(problem.mark), "key": problem.key, "value": problem.value, "cure": problem.cure}
        if problem.forbids:
            log.error("dialplan.mistake", **told)
        elif problem.unready and problem not in former:
            log.error("dialplan.unready", **told)
    # Warnings are of interest when plans are written; here one line does, and only when they have changed.
    warnings = [problem for problem in problems if problem.warning]
    if warnings and warnings != [problem for problem in former if problem.warning]:
        plans = sorted({problem.mark.file.stem for problem in warnings})
        log.warning("dialplan.warnings", warnings=len(warnings), plans=plans)
