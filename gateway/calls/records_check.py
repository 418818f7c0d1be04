"""What a plan's recordings and history lack in the settings: see `gateway check`."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.dialplan import Agent, Plan
from gateway.dialplan.checks import AgentCheck
from gateway.dialplan.model import EarlierCalls
from gateway.dialplan.problems import Remark
from gateway.records.settings import RecordSettings

STARTS = "start_recording"
"""The function with which an agent has a call recorded."""


class RecordsCheck:
    """Comes after all that `others` have to tell of an agent. `taps`: calls can be recorded (native mode)."""

    def __init__(self, records: RecordSettings, others: AgentCheck, *, taps: bool) -> None:
        self._records = records
        self._others = others
        self._taps = taps

    def __call__(self, plan: Plan, agent: Agent) -> Iterator[Remark]:
        """Look at one agent."""
        yield from self._others(plan, agent)
        if plan.record is not None or STARTS in agent.tools:
            yield from self._recording()
        yield from self._history(agent)

    def _recording(self) -> Iterator[Remark]:
        if self._records.database is None:
            cure = "its calls are not recorded: set records.database in gateway.yaml, which is to name them"
            yield Remark((), None, cure, warning=True)
        if not self._taps:
            cure = "its calls are not recorded here: portable mode cannot; `make native`"
            yield Remark((), None, cure, warning=True)

    def _history(self, agent: Agent) -> Iterator[Remark]:
        for index, entry in enumerate(agent.history):
            if not isinstance(entry, EarlierCalls):
                continue
            if self._records.database is None:
                cure = "no records are kept: set records.database in gateway.yaml"
                yield Remark(("history", index), None, cure, warning=True)
            elif not self._records.transcript and not agent.summary:
                cure = "what was said is not kept: set records.transcript in gateway.yaml, or agent.summary"
                yield Remark(("history", index), None, cure, warning=True)
