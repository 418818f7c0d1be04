"""What came in a day, by plan and by caller, held against the limits that plans set for it.

Counted is in this process; what it had before it began to count is asked of the records, and so is what
others had, unless they say so themselves (`SharedState`), with their calls that are up: then the last place
is never given twice. Where nobody answers in time, this process' own count decides.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from gateway import wall_clock
from gateway.call import Ending, Reason, Result
from gateway.calls.shared_state import CountAway, DayCount, SharedState
from gateway.dialplan import Plan
from gateway.dialplan.model import DayLimits
from gateway.errors import GatewayError
from gateway.records.store.reader import RecordReader
from gateway.records.store.records_store import CallTotals
from gateway.records.summary import Summary
from gateway.tasks import answer_of, until_next_look, within

log = structlog.get_logger(__name__)

NOT_TODAY = Ending(Result.REJECTED, Reason.DAY_LIMIT, 480)
"""480: nobody is to be had just now (RFC 3261 21.4.18); 503 would have a proxy try the next gateway."""
ANSWER_WITHIN_S = 0.5
"""Seconds that a caller, who hears nothing yet, waits for the records."""
LOOK_EVERY_S = 1.0
"""Seconds between two looks at the calls that are up."""
BEFORE = timedelta(minutes=1)
"""A call is counted so much later than its INVITE came, at most."""
MOST_ENTRIES = 50_000
"""Callers of which it is known what they had today; the oldest are asked of the records again."""


class MeasuredCall(Protocol):
    """What a day's limits need of a call that is up."""

    since: datetime
    summary: Summary

    @property
    def talk_seconds(self) -> float | None:
        """Since it was answered."""

    def limit_reached(self, reason: Reason) -> None:
        """End it politely, if it costs anything just now."""


@dataclass(slots=True, eq=False)
class _DayEntry:
    """One plan's day, or one caller's in it."""

    plan: str
    caller: str
    day: date
    counted_since: datetime
    limits: DayLimits
    ended: CallTotals = field(default_factory=CallTotals)
    elsewhere: CallTotals = field(default_factory=CallTotals)
    """By the records."""
    others: CallTotals = field(default_factory=CallTotals)
    """By what they say themselves."""
    up: set[MeasuredCall] = field(default_factory=set)

    def own(self) -> CallTotals:
        """Return what this process has had by now."""
        calls, seconds, usd = self.ended.calls, self.ended.seconds, self.ended.usd
        for call in self.up:
            calls, seconds, usd = calls + 1, seconds + (call.talk_seconds or 0.0), usd + _dollars(call)
        return CallTotals(calls, seconds, usd)

    def total(self) -> CallTotals:
        """Return what it comes to by now, with all others: who of the two that tell of them knows more."""
        own, one, two = self.own(), self.elsewhere, self.others
        calls, seconds = own.calls + max(one.calls, two.calls), own.seconds + max(one.seconds, two.seconds)
        return CallTotals(calls, seconds, own.usd + max(one.usd, two.usd))

    def told(self, *, asks: bool) -> DayCount:
        """Return what the others are told; `asks`: whether one more call may come in."""
        limits = self.limits if asks else None
        return DayCount(self.plan, self.day.isoformat(), self.caller, self.own(), limits)


@dataclass(slots=True)
class _CountedCall:
    """Where one call counts: in the plan with which it began, and in the one that it has reached."""

    first: tuple[_DayEntry, ...]
    here: tuple[_DayEntry, ...]


class DayBook:
    """Of one process. `reader` asks the records, None where none are kept; `shared` the other processes."""

    def __init__(self, reader: RecordReader | None = None, shared: SharedState | None = None) -> None:
        self._reader = reader
        self._shared = shared
        self._entries: dict[tuple[str, str], _DayEntry] = {}  # by plan and caller, "" for all
        self._counted: dict[MeasuredCall, _CountedCall] = {}
        self._unanswered = False
        self._untold: set[_DayEntry] = set()  # of calls that are over since the others were told
        self._turn = asyncio.Lock()  # what was told last is what is true

    async def admit(self, call: MeasuredCall, plan: Plan, caller: str) -> Ending | None:
        """Count a call in a plan that it has reached, or return why it may not come in."""
        entries = []
        for who, limits in (("", plan.limits.day), (caller, plan.limits.caller_day)):
            if limits:
                entry = self._entry(call, plan, who, limits)
                await self._ask(entry, plan, who)
                entries.append(entry)
        # From here on nobody else has a turn: two callers never get the last place.
        if any(call not in entry.up and _full(entry.total(), entry.limits) for entry in entries):
            return NOT_TODAY
        counted = self._counted.get(call)
        before = None if counted is None else replace(counted)
        self._count(call, tuple(entries))
        if not entries or await self._share(entries, asks=True):
            return None
        self._uncount(call, before)
        return NOT_TODAY

    def left(self, call: MeasuredCall) -> None:
        """The call is over, whether it was let in or not."""
        counted = self._counted.pop(call, None)
        for entry in {*counted.first, *counted.here} if counted is not None else ():
            entry.up.discard(call)
            had = entry.ended
            seconds = had.seconds + (call.talk_seconds or 0.0)
            entry.ended = CallTotals(had.calls + 1, seconds, had.usd + _dollars(call))
            self._untold.add(entry)

    async def watch(self) -> None:
        """End the calls of a plan or a caller whose day is used up, until cancelled."""
        while True:
            await until_next_look(LOOK_EVERY_S)
            await self.hear()
            self.look()

    def look(self) -> None:
        """End what is up where a day is used up."""
        for entry in {one for counted in self._counted.values() for one in (*counted.first, *counted.here)}:
            if _used_up(entry.total(), entry.limits):
                for call in tuple(entry.up):
                    call.limit_reached(Reason.DAY_LIMIT)

    def _count(self, call: MeasuredCall, entries: tuple[_DayEntry, ...]) -> None:
        counted = self._counted.setdefault(call, _CountedCall(entries, entries))
        for entry in counted.here:
            if entry not in counted.first:
                entry.up.discard(call)
        counted.here = entries
        for entry in entries:
            entry.up.add(call)

    def _entry(self, call: MeasuredCall, plan: Plan, who: str, limits: DayLimits) -> _DayEntry:
        today = wall_clock.now().astimezone(ZoneInfo(plan.timezone)).date()
        entry = self._entries.get((plan.name, who))
        if entry is None or entry.day != today:
            since = call.since - BEFORE
            entry = self._entries[plan.name, who] = _DayEntry(plan.name, who, today, since, limits)
            if len(self._entries) > MOST_ENTRIES:
                del self._entries[next(iter(self._entries))]
        entry.limits = limits  # the plan may have been changed since
        return entry

    def _uncount(self, call: MeasuredCall, before: _CountedCall | None) -> None:
        """Count a call as it was before it asked to be let in."""
        counted = self._counted.pop(call)
        for entry in {*counted.first, *counted.here}:
            entry.up.discard(call)
        if before is not None:
            self._counted[call] = before
            for entry in {*before.first, *before.here}:
                entry.up.add(call)

    async def hear(self) -> None:
        """Say what this process has had, and hear of the others, where calls are up or were a moment ago."""
        self._untold |= {one for counted in self._counted.values() for one in (*counted.first, *counted.here)}
        if told := list(self._untold):
            self._untold.clear()
            await self._share(told, asks=False)

    async def _share(self, entries: list[_DayEntry], *, asks: bool) -> bool:
        """Return what the others say; True where nobody answers."""
        if self._shared is None:
            return True
        try:
            fits, others = await answer_of(self._told(self._shared, entries, asks=asks), ANSWER_WITHIN_S)
        except CountAway:  # it has said so
            return True
        except (GatewayError, OSError, TimeoutError) as error:
            self._mute(str(error))
            return True
        for entry, there in zip(entries, others, strict=True):
            entry.others = there
        return fits

    async def _told(
        self, shared: SharedState, entries: list[_DayEntry], *, asks: bool
    ) -> tuple[bool, list[CallTotals]]:
        async with self._turn:
            return await shared.count_days([one.told(asks=asks) for one in entries])

    def _mute(self, why: str) -> None:
        if not self._unanswered:  # once an outage
            log.warning("admission.unanswered", error=why)
        self._unanswered = True

    async def _ask(self, entry: _DayEntry, plan: Plan, who: str) -> None:
        """Ask the records for what is not counted here; what was answered last holds where they are mute."""
        if self._reader is None:
            return
        midnight = wall_clock.real(datetime.combine(entry.day, time(), ZoneInfo(plan.timezone)))
        try:
            async with within(ANSWER_WITHIN_S):
                asked = self._reader.totals(plan.name, midnight, who, entry.counted_since)
                entry.elsewhere = await asyncio.wrap_future(asked)
        except self._reader.errors as error:
            self._mute(str(error) or f"no answer within {ANSWER_WITHIN_S:g} s")
        else:
            self._unanswered = False


def _dollars(call: MeasuredCall) -> float:
    return float(call.summary.spent.usd or 0)  # what has no price counts nothing


def _used_up(total: CallTotals, limits: DayLimits) -> bool:
    """Return whether those that are up have to end."""
    talked = limits.minutes is not None and total.seconds >= limits.minutes * 60
    return talked or (limits.cost_usd is not None and total.usd >= float(limits.cost_usd))


def _full(total: CallTotals, limits: DayLimits) -> bool:
    """Return whether one more is too many."""
    return _used_up(total, limits) or (limits.calls is not None and total.calls >= limits.calls)
