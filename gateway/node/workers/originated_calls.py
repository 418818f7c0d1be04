"""Calls that we make, divided among the workers, and how they came out in one log for all of them.

It is noted which worker is to make a call before that worker is asked: whoever asks again with the same id
reaches the same one, which calls nobody twice. Workers tell how their calls came out (`outcome_report`); what
one had not told that has died is lost, and told as such.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from gateway.calls.outcomes import OutcomeLog
from gateway.control import CallOutcome
from gateway.errors import BadInput, ControlError
from gateway.node.control_client import ControlClient, GatewayAway, Refusal
from gateway.node.control_server import ProcessAnswer, Question
from gateway.node.control_socket import outcomes_told
from gateway.node.workers.asking import answers_or_faults
from gateway.records.call_record import GATEWAY_DIED, LOST
from gateway.tasks import within

LOAD_KEPT_S = 1.0
"""Seconds for which it is remembered how many calls each worker has; what it was given since is added."""
LOAD_WITHIN_S = 0.5
"""Seconds for a worker to say so: one that takes longer is not given more."""
MADE_WITHIN_S = 5.0
"""Seconds for a worker to say that it makes a call: it has to ask nobody who takes longer."""


class Unanswered(ControlError):
    """A worker was asked to make a call, and nobody knows whether it heard."""

    status = 504


@dataclass(frozen=True, slots=True)
class _Placed:
    """A call of ours that is up, or was asked for. `worker`: by its number."""

    worker: int
    called: str
    plan: str
    at: float = field(default_factory=time.monotonic)


class OriginatedCalls:
    """Has the workers at these sockets make calls."""

    def __init__(self, sockets: Sequence[Path]) -> None:
        self._sockets = tuple(sockets)
        self._outcomes = OutcomeLog()
        self._placed: dict[str, _Placed] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._calls_of: dict[int, int] = {}  # workers that take calls
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")

    @property
    def answers(self) -> Mapping[str, ProcessAnswer]:
        """Return what answers operators, by the name of the question."""
        return {"originate": self._originate, "outcomes": self._told}

    @property
    def answers_to_workers(self) -> Mapping[str, ProcessAnswer]:
        """Return what answers workers, by the name of the question."""
        return {"came_out": self._came_out}

    def gone(self, holder: str) -> None:
        """A worker has ended: what it had not told by then nobody knows."""
        for call, placed in tuple(self._placed.items()):
            if placed.worker == int(holder):
                seconds = round(time.monotonic() - placed.at, 3)
                how = (LOST, GATEWAY_DIED, 0, None, seconds, None)
                self._over(CallOutcome(0, call, placed.called, placed.plan, *how))

    async def _originate(self, question: Question, by: str) -> str:
        """Have a call made by the worker that has the fewest; return its id.

        Raises Refusal in the words of the last worker that did not make it, Unanswered where it may have.
        """
        call = str(question.get("call_id") or secrets.token_hex(4))
        asked = {**question, "call_id": call, "by": by}
        async with self._turns.setdefault(call, asyncio.Lock()):
            if self._outcomes.knows(call):
                return call
            if (placed := self._placed.get(call)) is not None:
                return await self._made(placed.worker, asked)
            return await self._divided(asked)

    async def _divided(self, asked: Question) -> str:
        fault: ControlError = GatewayAway("no worker takes calls: they are being started, or end")
        for worker in await self._by_load():
            self._calls_of[worker] = self._calls_of.get(worker, 0) + 1
            try:
                return await self._made(worker, asked)
            except (Refusal, GatewayAway) as error:
                fault = error
            if fault.status != GatewayAway.status:  # not for want of room: another one would say the same
                break
        raise fault

    async def _made(self, worker: int, asked: Question) -> str:
        """Have a worker make a call, or hear that it does already."""
        call = str(asked["call_id"])
        about = {key: value for key, value in asked.items() if key not in ("do", "id")}
        fault: ControlError = GatewayAway("a worker does not answer: it is being started")
        with contextlib.suppress(BadInput, TimeoutError):
            async with within(MADE_WITHIN_S), ControlClient.connected(self._sockets[worker]) as client:
                fault = Unanswered(f"a worker does not answer: ask again for call {call}")
                self._placed.setdefault(
                    call, _Placed(worker, str(asked.get("number")), str(asked.get("plan")))
                )
                try:
                    return str(await client.ask("originate", **about))
                except Refusal as refusal:
                    fault = refusal
                    self._placed.pop(call, None)
                except GatewayAway:  # it has died, or hangs
                    pass
        if self._outcomes.knows(call):  # it is known by now that it has died
            return call
        raise fault

    async def _by_load(self) -> list[int]:
        """Return the workers that take calls, the one with the fewest first; all if none says so in time."""
        async with self._looking:
            if time.monotonic() - self._looked_at >= LOAD_KEPT_S:
                told = await answers_or_faults(self._sockets, {"do": "about"}, LOAD_WITHIN_S)
                self._calls_of = {
                    number: one["calls"]
                    for number, one in enumerate(told)
                    if not isinstance(one, ControlError) and not one["draining"]
                }
                self._looked_at = time.monotonic()
        return sorted(self._calls_of or range(len(self._sockets)), key=lambda one: self._calls_of.get(one, 0))

    async def _told(self, question: Question, _by: str) -> dict[str, Any]:
        return await outcomes_told(self._outcomes.after, question)

    async def _came_out(self, question: Question, _by: str) -> None:
        """Take what a worker tells; it tells it again where it does not know whether it was heard."""
        for told in question["outcomes"]:
            self._over(CallOutcome(**told))

    def _over(self, outcome: CallOutcome) -> None:
        self._placed.pop(outcome.call, None)
        if not self._outcomes.knows(outcome.call):
            self._outcomes.add(outcome)
