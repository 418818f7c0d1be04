"""A campaign at work: begins calls at the pace that is asked, and hears from the gateway how they came out.

Two tasks: one dials, one listens to outcomes. Each attempt has an id of ours, which is kept before the
gateway is asked to call: asked twice for the same id it calls once, so whoever goes on after a crash asks
again wherever it is not known whether it was heard.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.campaign.entries import ListEntry
from gateway.campaign.line_to_gateway import LineToGateway
from gateway.campaign.progress_log import ProgressLog, Tried
from gateway.campaign.queue import CallQueue
from gateway.campaign.rules import DialPace, Rules
from gateway.campaign.verdict import INTERRUPTED, STOPPED, verdict
from gateway.errors import BadInput, ControlError
from gateway.node.control_client import GatewayAway, Refusal
from gateway.tasks import TaskGroup, within

LISTEN_S = 5.0
"""Seconds that the gateway may wait for an outcome to tell of."""
FULL_S = 1.0
"""Seconds after which a gateway that had no room is asked again."""
AWAY_S = 1.0
BARRED, UNCLEAR, UNANSWERED = 403, 400, 504


@dataclass(slots=True)
class CampaignProgress:
    """How far it has come."""

    total: int
    outcomes: Counter[str] = field(default_factory=Counter)
    up: int = 0
    attempts: int = 0
    away: bool = False
    """The gateway does not answer."""
    stopping: bool = False
    """Nobody more is called; those who talk finish."""

    @property
    def done(self) -> int:
        """How many people need not be called any more."""
        return self.outcomes.total()


class CampaignRunner:
    """One campaign; `run` it once. `tell` hears of each change."""

    def __init__(
        self,
        entries: Iterable[ListEntry],
        rules: Rules,
        progress: ProgressLog,
        gateway: Path,
        tell: Callable[[CampaignProgress], None] = lambda _progress: None,
    ) -> None:
        self._entries = {entry.line: entry for entry in entries}
        self._rules = rules
        self._log = progress
        self._gateway = gateway
        self._tell_progress = tell
        self._loop = asyncio.get_running_loop()
        self._pace = DialPace(rules.rate)
        self._open: dict[str, ListEntry] = {}  # attempts whose end is not known, by the ids of their calls
        self._unsure: list[str] = []  # of those, which the gateway may not have heard of
        self._run = ""
        self._seen = 0
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self.progress = CampaignProgress(len(self._entries))
        self._queue = CallQueue(self._left(), rules)

    def _left(self) -> Iterable[ListEntry]:
        """Yield those who are to be called; note those who are not."""
        for entry in self._entries.values():
            tried = self._log.state.of(entry.line)
            if tried.outcome == INTERRUPTED and self._rules.redials:
                yield entry
            elif tried.outcome:
                self.progress.outcomes[tried.outcome] += 1
            elif tried.open is not None:
                self._open[tried.open["call"]] = entry
                self._unsure.append(tried.open["call"])
            elif entry.left_out:
                self._final(entry, entry.left_out)
            else:
                yield entry

    def stop(self) -> None:
        """Begin no more calls, give up those that ring, and let those who talk finish."""
        self.progress.stopping = True
        self._stopping.set()
        self._news.set()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    async def run(self) -> None:
        """Call everybody, until all are done or it was stopped and nobody talks any more."""
        async with TaskGroup() as tasks:
            listening = tasks.create_task(self._listen())
            await self._dial()
            if self._stopping.is_set():
                await self._give_up_ringing()
            while self._open:
                await self._changed(1.0)
            listening.cancel()
        self._tell()

    # --- dialling ------------------------------------------------------------------------------------

    async def _dial(self) -> None:
        async with LineToGateway(self._gateway) as line:
            while not self._stopping.is_set():
                self._tell()
                now = self._loop.time()
                if not self._run:  # nobody has answered yet
                    await self._changed(0.1)
                elif self._unsure:
                    await self._ask_again(line, self._unsure.pop())
                elif len(self._open) >= self._rules.concurrency:
                    await self._changed(1.0)
                elif (wait := self._pace.due_in(now)) > 0:
                    await self._changed(wait)
                elif (entry := self._queue.next(now, datetime.now(UTC))) is not None:
                    self._pace.began(now)
                    await self._begin(line, entry)
                elif self._open or len(self._queue):
                    await self._changed(self._queue.wait_s(now))
                else:
                    return

    async def _begin(self, line: LineToGateway, entry: ListEntry) -> None:
        call = secrets.token_hex(4)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._log.note({"line": entry.line, "call": call, "run": self._run, "at": at}, durable=True)
        self._open[call] = entry
        self.progress.attempts += 1
        await self._ask(line, call)

    async def _ask_again(self, line: LineToGateway, call: str) -> None:
        entry = self._open.get(call)
        if entry is None:
            return
        tried = self._log.state.of(entry.line)
        if tried.open is not None and tried.open["run"] != self._run:
            self._over(call, {"reason": INTERRUPTED}, INTERRUPTED)
        else:
            await self._ask(line, call)

    async def _ask(self, line: LineToGateway, call: str) -> None:
        entry, rules = self._open[call], self._rules
        try:
            await line.ask(
                "originate",
                number=entry.number,
                plan=rules.plan,
                trunk=rules.trunk,
                variables={**rules.variables, **entry.variables},
                ring=rules.ring_s,
                call_id=call,
            )
        except GatewayAway:
            self._unsure.append(call)
            await self._changed(AWAY_S)
        except Refusal as refusal:
            await self._refused(call, refusal)

    async def _refused(self, call: str, refusal: Refusal) -> None:
        """Nobody was called: there was no room, or never will be; or nobody knows, and it is asked again."""
        entry, told = self._open[call], {"reason": str(refusal), "status": refusal.status}
        if refusal.status == UNANSWERED:
            self._unsure.append(call)
            await self._changed(AWAY_S)
            return
        if refusal.status == BARRED:
            self._over(call, told, "barred")
            return
        self._over(call, told, STOPPED)
        if refusal.status == UNCLEAR:  # a column that is no variable: it would be so with everybody
            raise BadInput("line", str(entry.line), entry.number, str(refusal))
        self._queue.again(entry, self._loop.time() + FULL_S)
        await self._changed(FULL_S)

    async def _give_up_ringing(self) -> None:
        async with LineToGateway(self._gateway) as line:
            try:
                for view in await line.ask("calls"):
                    if view["id"] in self._open and view["state"] == "ringing":
                        await line.ask("end", call=view["id"])
            except (GatewayAway, ControlError):
                return  # those that are over by now

    # --- listening -----------------------------------------------------------------------------------

    async def _listen(self) -> None:
        async with LineToGateway(self._gateway) as line:
            while True:
                try:
                    told = await line.ask("outcomes", after=self._seen, wait=LISTEN_S if self._run else 0)
                except GatewayAway:
                    self.progress.away = True
                    self._tell()
                    await asyncio.sleep(AWAY_S)
                    continue
                self.progress.away = False
                self._take(told)

    def _take(self, told: Mapping[str, Any]) -> None:
        if told["run"] != self._run:
            self._of_another_run(told["run"])
        for outcome in told["outcomes"]:
            self._seen = outcome["number"]
            if outcome["call"] in self._open:
                self._came_out(outcome)
        self._news.set()

    def _of_another_run(self, run: str) -> None:
        """The gateway was started anew: of the calls of the one before nobody knows any more."""
        self._run, self._seen = run, 0
        for call, entry in tuple(self._open.items()):
            tried: Tried = self._log.state.of(entry.line)
            if tried.open is not None and tried.open["run"] != run:
                self._over(call, {"reason": INTERRUPTED}, INTERRUPTED)

    def _came_out(self, outcome: Mapping[str, Any]) -> None:
        entry = self._open[outcome["call"]]
        word = verdict(outcome)
        tried = self._log.state.of(entry.line)
        again = self._rules.tried_again(word, tried.attempts)
        self._over(outcome["call"], outcome, STOPPED if word == STOPPED else "" if again else word)
        if again or (word == STOPPED and not self._stopping.is_set()):
            self._queue.again(entry, self._loop.time() + self._rules.retry_after_s)

    def _over(self, call: str, told: Mapping[str, Any], outcome: str) -> None:
        """Note the end of an attempt. `outcome`: the final one, "" for one that is tried again."""
        entry = self._open.pop(call)
        step: dict[str, Any] = {"line": entry.line, "over": dict(told)}
        if outcome == STOPPED:
            step["uncounted"] = True
        elif outcome:
            step["outcome"] = outcome
            self.progress.outcomes[outcome] += 1
        self._log.note(step)
        self._news.set()

    def _final(self, entry: ListEntry, outcome: str) -> None:
        self._log.note({"line": entry.line, "outcome": outcome})
        self.progress.outcomes[outcome] += 1

    # --- waiting -------------------------------------------------------------------------------------

    async def _changed(self, seconds: float) -> None:
        """Wait until something has happened, so long at most."""
        self._tell()
        self._news.clear()
        try:
            async with within(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    def _tell(self) -> None:
        self.progress.up = len(self._open)
        self._tell_progress(self.progress)
