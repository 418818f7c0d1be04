"""How the calls that we made came out, remembered for whoever made them: a campaign, a program, a person."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import replace

from gateway.call import Ending
from gateway.calls.call import Call
from gateway.control import CallOutcome, CallOutcomes
from gateway.tasks import within

REMEMBERED = 5000
"""More than a campaign has under way while the one who runs it is away for a minute."""
MOST_AT_ONCE = 500


class OutcomeLog:
    """Those of one process, or of several, the last ones."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(8)
        self._kept: deque[CallOutcome] = deque(maxlen=REMEMBERED)
        self._ids: dict[str, None] = {}
        self.count = 0
        """How many there were so far: the number of the last."""
        self._news = asyncio.Event()

    def knows(self, call_id: str) -> bool:
        """Return whether a call of this id is over; "" is none's."""
        return call_id in self._ids

    def over(self, call: Call, ending: Ending) -> None:
        """A call of ours has ended, if it is one."""
        if call.info.outbound:
            self.add(_outcome(call, ending))

    def add(self, outcome: CallOutcome) -> None:
        """Keep one, under the next number."""
        self.count += 1
        self._kept.append(replace(outcome, number=self.count))
        self._ids[outcome.call] = None
        while len(self._ids) > REMEMBERED:
            del self._ids[next(iter(self._ids))]
        self._news.set()

    async def after(self, number: int, wait_s: float) -> CallOutcomes:
        """Return those after a number, waiting so long for the first of them."""
        if self.count <= number:
            self._news.clear()
            try:
                async with within(wait_s):
                    await self._news.wait()
            except TimeoutError:
                pass
        found = [one for one in self._kept if one.number > number][:MOST_AT_ONCE]
        return CallOutcomes(self.run, tuple(found), self.count)


def _outcome(call: Call, ending: Ending) -> CallOutcome:
    line = call.summary.line(ending, call.began + call.seconds)
    return CallOutcome(
        0,
        call.info.id,
        call.info.called.user,
        call.first_plan or "",
        line["result"],
        line["reason"],
        line["status"],
        call.summary.q850,
        line["seconds"],
        line["talk_seconds"],
        None if (by := call.summary.answered_by) is None else by.who.value,
        None if by is None else by.why,
    )
