"""What may be asked of a gateway's process beside its calls: how it is, its plans, what a call would get.

And ordered: to read its plans again, to log more or less, to drain.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import structlog

from gateway import log as logging
from gateway import wall_clock
from gateway.calls.admission import Capacity
from gateway.calls.registry import CallRegistry
from gateway.dialplan.commands import understand
from gateway.dialplan.problems import Problem
from gateway.dialplan.snapshot import NoPlan
from gateway.dialplan.watch import LiveDialplan
from gateway.errors import BadInput
from gateway.node.control_server import ProcessAnswer, Question

log = structlog.get_logger(__name__)

MOST_HEADERS = 50
COUNTERS = {
    "gateway_late_ticks_total": (
        "Times that audio left a packet late or more: the machine is too busy.",
        "late_ticks",
    ),
    "gateway_calls_refused_for_load_total": (
        "Calls refused before anything else, as the machine carries no more.",
        "refused_for_load",
    ),
}
"""Measures that only grow: what each says, and its key in what is told about the process."""


class ProcessQuestions:
    """Answers them.

    `more` returns what else there is to say of the process, `trunks` how its lines to the telephone network
    stand; `stop` begins its drain.
    """

    def __init__(
        self,
        registry: CallRegistry,
        plans: LiveDialplan,
        more: Callable[[], Mapping[str, Any]],
        trunks: Callable[[], list[dict[str, Any]]],
        stop: Callable[[], None],
    ) -> None:
        self._registry = registry
        self._plans = plans
        self._more = more
        self._trunks = trunks
        self._stop = stop
        self._began = time.monotonic()
        self._version = version("sip-voice-gateway")

    @property
    def answers(self) -> Mapping[str, ProcessAnswer]:
        """Return what answers, by the name of the question."""
        return {
            "about": self._about,
            "measures": self._measures,
            "plans": self._list_plans,
            "route": self._route,
            "trunks": self._list_trunks,
            "reload": self._reload,
            "level": self._level,
            "drain": self._drain,
        }

    async def _about(self, _question: Question, _by: str) -> dict[str, Any]:
        capacity, health = self._registry.capacity, self._plans.health
        return {
            **self._more(),
            "pid": os.getpid(),
            "version": self._version,
            "seconds": round(time.monotonic() - self._began),
            "calls": capacity.calls,
            "max_calls": capacity.max_calls,
            "taken": self._registry.taken,
            "draining": capacity.draining,
            "plans": health.plans,
            "plans_as_written": health.ok,
            "log_level": logging.current_level(),
        }

    async def _measures(self, question: Question, by: str) -> dict[str, Any]:
        about = await self._about(question, by)
        capacity = self._registry.capacity
        families = [
            {"name": name, "kind": "gauge", "help": told, "samples": [[{}, value]]}
            for name, (told, value) in _gauges(about, capacity).items()
        ]
        states = Counter(trunk["state"] for trunk in self._trunks())
        told_of = "Lines to the telephone network, by how they stand."
        samples: list[Any] = [[{"state": state}, count] for state, count in states.items()]
        families.append({"name": "gateway_trunks", "kind": "gauge", "help": told_of, "samples": samples})
        info = {"version": about["version"], "media": about["media"]}
        families.append(
            {"name": "gateway_info", "kind": "gauge", "help": "Always 1.", "samples": [[info, 1]]}
        )
        families += (
            {"name": name, "kind": "counter", "help": told, "samples": [[{}, about[key]]]}
            for name, (told, key) in COUNTERS.items()
        )
        return {"pid": about["pid"], "families": families + self._registry.call_counts.families()}

    async def _list_plans(self, _question: Question, _by: str) -> dict[str, Any]:
        in_force = self._plans.current
        counted = self._registry.calls_by_plan
        plans = [
            {
                "name": plan.name,
                "numbers": list(plan.numbers),
                "action": type(plan.action).__name__.lower(),
                "template": plan.template,
                "calls": counted.get(plan.name, 0),
                "max_calls": plan.limits.max_calls,
            }
            for plan in in_force.plans.values()
        ]
        return {
            "plans": plans,
            "as_written": self._plans.health.ok,
            "problems": [_problem(one) for one in self._plans.health.problems],
        }

    async def _route(self, question: Question, _by: str) -> dict[str, Any]:
        """Tell which plan of those in force a call would get."""
        headers = question.get("headers") or {}
        if not isinstance(headers, dict) or len(headers) > MOST_HEADERS:
            raise BadInput("control", "headers", None, f"write names and values, {MOST_HEADERS} at most")
        texts = {key: str(question.get(key) or "") for key in ("number", "caller", "at")}
        pairs = [f"{name}={value}" for name, value in headers.items()]
        told = await asyncio.to_thread(
            understand,
            self._plans.current,
            texts["number"],
            now=wall_clock.now().astimezone(),
            caller=texts["caller"],
            at=texts["at"],
            headers=pairs,
        )
        routed = None if isinstance(told.outcome, NoPlan) else told.outcome
        return {
            "plan": routed and routed.plan.name,
            "action": routed and type(routed.plan.action).__name__.lower(),
            "why": routed.why if routed else "no plan holds for it: 404",
            "number": told.number,
            "caller": told.caller,
            "time": told.now.isoformat(timespec="seconds"),
            "not_taken": [{"plan": name, "why": why} for name, why in told.others],
            "effective": told.effective,
        }

    async def codecs_of(self, number: str, caller: str) -> Sequence[str]:
        """Return the codecs that the plan names which a call would get now; none: as the settings have it."""
        now = wall_clock.now().astimezone()
        told = await asyncio.to_thread(understand, self._plans.current, number, now=now, caller=caller)
        return () if isinstance(told.outcome, NoPlan) else told.outcome.plan.codecs or ()

    async def _list_trunks(self, _question: Question, _by: str) -> list[dict[str, Any]]:
        return self._trunks()

    async def _reload(self, _question: Question, by: str) -> dict[str, Any]:
        log.info("process.ordered", by=by, order="reload")
        done = await asyncio.to_thread(self._plans.reload)
        health = self._plans.health
        return {
            "done": done,
            "plans": health.plans,
            "problems": [_problem(one) for one in health.problems],
        }

    async def _level(self, question: Question, by: str) -> None:
        level = question.get("level")
        if level not in logging.LEVELS:
            raise BadInput("control", "level", level, f"one of {', '.join(logging.LEVELS)}")
        log.info("process.ordered", by=by, order=f"log level {level}")
        logging.set_level(level)

    async def _drain(self, _question: Question, by: str) -> None:
        log.info("process.ordered", by=by, order="drain")
        self._stop()


def _gauges(about: Mapping[str, Any], capacity: Capacity) -> dict[str, tuple[str, int]]:
    """Return how the process is now, by the name of the measure: what each says, and its value."""
    return {
        "gateway_calls_active": ("Calls that are up.", capacity.calls),
        "gateway_calls_limit": (
            "Calls that may be up at once: max_calls, or what the machine is known to carry.",
            min(capacity.max_calls, about["carries"] or capacity.max_calls),
        ),
        "gateway_draining": ("1: no more calls are taken.", int(capacity.draining)),
        "gateway_plans": ("Plans in force.", about["plans"]),
        "gateway_plans_as_written": (
            "0: mistakes keep older plans in force.",
            int(about["plans_as_written"]),
        ),
        "gateway_embedded_ready": (
            "0: the embedded agent is wanted, and not ready.",
            int(about["embedded"] in ("ready", "none")),
        ),
        "gateway_cluster_answers": (
            "0: the Redis that limits are shared by does not answer.",
            int(about["cluster"] != "away"),
        ),
    }


def _problem(one: Problem) -> dict[str, Any]:
    kind = "error" if one.forbids else "unready" if one.unready else "warning"
    return {"where": str(one.mark), "key": one.key, "cure": one.cure, "kind": kind}
