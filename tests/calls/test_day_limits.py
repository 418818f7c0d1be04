"""What came in a day, held against the limits of plans."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import wall_clock
from gateway.call import CostUpdated, Reason
from gateway.calls import day_limits
from gateway.calls.day_limits import NOT_TODAY, DayBook
from gateway.dialplan import Plan
from gateway.records.store.records_store import CallTotals
from gateway.records.summary import Summary
from tests.equipment.plans import plan
from tests.equipment.shared_ledgers import Kept

ANN, BOB = "+15550001", "+15550002"


class Measured:
    """A call as its limits see it."""

    def __init__(self, seconds: float | None = None, usd: str | None = None) -> None:
        self.since = datetime.now(UTC)
        self.talk_seconds = seconds
        self.summary = Summary(0.0)
        self.summary.spent = CostUpdated(None if usd is None else Decimal(usd))
        self.told: list[Reason] = []

    def limit_reached(self, reason: Reason) -> None:
        """Be told."""
        self.told.append(reason)


class Reader:
    """Records of other processes."""

    errors = (OSError,)

    def __init__(self, totals: CallTotals | Exception | None) -> None:
        self.totals_are = totals
        self.asked: list[tuple[Any, ...]] = []

    def totals(self, *asked: object) -> Future[CallTotals]:
        """Answer, unless there is nothing to answer."""
        self.asked.append(asked)
        answer: Future[CallTotals] = Future()
        if isinstance(self.totals_are, Exception):
            answer.set_exception(self.totals_are)
        elif self.totals_are is not None:
            answer.set_result(self.totals_are)
        return answer


def limited(folder: Path, **limits: object) -> Plan:
    """Return a plan with these limits."""
    return plan(folder, limits=limits)


async def test_so_many_calls_a_day(tmp_path: Path) -> None:
    """Those that are up count as those that are over do."""
    book, busy = DayBook(), limited(tmp_path, day={"calls": 2})
    first, second = Measured(), Measured()
    assert await book.admit(first, busy, ANN) is None
    book.left(first)
    assert await book.admit(second, busy, BOB) is None
    assert await book.admit(Measured(), busy, ANN) == NOT_TODAY
    assert await book.admit(second, busy, BOB) is None, "a call that is in stays in"
    book.look()
    assert second.told == [], "and goes on"


async def test_so_many_calls_of_one_caller(tmp_path: Path) -> None:
    """Others are not kept out."""
    book, busy = DayBook(), limited(tmp_path, caller_day={"calls": 1})
    assert await book.admit(Measured(), busy, ANN) is None
    assert await book.admit(Measured(), busy, ANN) == NOT_TODAY
    assert await book.admit(Measured(), busy, BOB) is None


@pytest.mark.parametrize(
    ("limits", "over", "up", "ends"),
    [
        ({"minutes": 2}, (60.0, None), (59.0, None), False),
        ({"minutes": 2}, (60.0, None), (60.0, None), True),
        ({"cost_usd": 1}, (None, "0.5"), (None, "0.4"), False),
        ({"cost_usd": 1}, (None, "0.5"), (None, "0.5"), True),
    ],
)
async def test_what_is_used_up_ends_who_is_up(
    tmp_path: Path, limits: dict[str, float], over: Any, up: Any, ends: bool
) -> None:
    """All of the plan together; whoever comes then is turned away."""
    book, busy = DayBook(), limited(tmp_path, day=limits)
    before, now, another = Measured(*over), Measured(*up), Measured()
    for call in (before, now, another):
        assert await book.admit(call, busy, ANN) is (None if call is not another or not ends else NOT_TODAY)
        if call is before:
            book.left(call)
    book.look()
    assert now.told == ([Reason.DAY_LIMIT] if ends else [])


async def test_a_call_that_goes_on_to_another_plan(tmp_path: Path) -> None:
    """It counts where it began and where it is, not in between."""
    book = DayBook()
    plans = [limited(tmp_path, day={"calls": 1}).model_copy(update={"name": name}) for name in "abc"]
    call = Measured()
    for one in plans:
        assert await book.admit(call, one, ANN) is None
    full = [await book.admit(Measured(), one, BOB) == NOT_TODAY for one in plans]
    assert full == [True, False, True]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The time by which plans go, put right afterwards."""
    clock = Clock()
    monkeypatch.setattr(wall_clock, "datetime", clock)
    yield clock
    wall_clock.pretend(clock.at)


class Clock:
    """In place of `datetime`: the machine's own clock."""

    at = datetime(2026, 11, 27, 14, 59, tzinfo=UTC)

    def now(self, zone: tzinfo) -> datetime:
        """Return what it shows."""
        return self.at.astimezone(zone)


async def _asked_around_midnight(busy: Plan, clock: Clock) -> Reader:
    """Return what is asked while a day's only call is used up, and the next day begins."""
    reader = Reader(CallTotals())
    book = DayBook(reader)  # type: ignore[arg-type] # as far as it is asked
    assert await book.admit(Measured(), busy, ANN) is None
    assert await book.admit(Measured(), busy, ANN) == NOT_TODAY
    clock.at += timedelta(minutes=1)
    assert await book.admit(Measured(), busy, ANN) is None
    return reader


async def test_a_new_day(tmp_path: Path, clock: Clock) -> None:
    """Begins at midnight where the plan is."""
    busy = plan(tmp_path, limits={"day": {"calls": 1}}, timezone="Asia/Tokyo")
    reader = await _asked_around_midnight(busy, clock)
    assert [asked[1] for asked in reader.asked] == [
        datetime(2026, 11, 26, 15, tzinfo=UTC),
        datetime(2026, 11, 26, 15, tzinfo=UTC),
        datetime(2026, 11, 27, 15, tzinfo=UTC),
    ]


async def test_a_pretended_day(tmp_path: Path, clock: Clock) -> None:
    """It ends when the plans' clock strikes; records, which go by the machine's, are asked from then on."""
    wall_clock.pretend(datetime(2026, 12, 24, 23, 59, tzinfo=UTC))
    busy = limited(tmp_path, day={"calls": 1})
    reader = await _asked_around_midnight(busy, clock)
    assert reader.asked[-1][1] == clock.at


@pytest.mark.parametrize(
    ("zone", "at", "began"),
    [
        ("Europe/Berlin", "2026-10-25 22:59", "2026-10-24 22:00"),  # a day of 25 hours
        ("Europe/Berlin", "2026-03-29 21:59", "2026-03-28 23:00"),  # and one of 23
        ("Africa/Cairo", "2026-04-24 12:00", "2026-04-23 22:00"),  # it begins at one o'clock
        ("America/Havana", "2026-11-01 12:00", "2026-11-01 04:00"),  # its first hour comes twice
    ],
)
async def test_a_day_on_which_clocks_change(
    tmp_path: Path, clock: Clock, zone: str, at: str, began: str
) -> None:
    """Is one day, from its first moment on."""
    clock.at = datetime.fromisoformat(f"{at}+00:00")
    busy = plan(tmp_path, limits={"day": {"calls": 9}}, timezone=zone)
    reader = Reader(CallTotals())
    book = DayBook(reader)  # type: ignore[arg-type] # as far as it is asked
    assert await book.admit(Measured(), busy, ANN) is None
    assert reader.asked[0][1] == datetime.fromisoformat(f"{began}+00:00")


async def test_a_call_that_is_up_at_midnight(tmp_path: Path, clock: Clock) -> None:
    """It counts in the day in which it came, and ends when that day's minutes are used up."""
    clock.at = datetime(2026, 11, 27, 23, 59, tzinfo=UTC)
    busy = limited(tmp_path, day={"calls": 1, "minutes": 2})
    book, late, next_day = DayBook(), Measured(60.0), Measured(60.0)
    assert await book.admit(late, busy, ANN) is None
    clock.at += timedelta(minutes=2)
    assert await book.admit(next_day, busy, BOB) is None
    book.look()
    assert (late.told, next_day.told) == ([], [])
    late.talk_seconds = 120.0
    book.look()
    assert (late.told, next_day.told) == ([Reason.DAY_LIMIT], [])


async def test_what_others_had_counts(tmp_path: Path) -> None:
    """Gateways that share their records share the limits."""
    reader = Reader(CallTotals(3, 600.0, 2.0))
    book = DayBook(reader)  # type: ignore[arg-type] # as far as it is asked
    for limits, enough in (({"calls": 3}, True), ({"calls": 4}, False), ({"minutes": 10}, True)):
        busy = limited(tmp_path, day=limits)
        assert (await book.admit(Measured(), busy, ANN) == NOT_TODAY) is enough
    assert {asked[:1] + asked[2:3] for asked in reader.asked} == {("plan", "")}


@pytest.mark.parametrize("answer", [None, OSError("disk full")])
async def test_records_that_do_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Exception | None
) -> None:
    """Turn nobody away; it is said once."""
    monkeypatch.setattr(day_limits, "ANSWER_WITHIN_S", 0.01)
    book = DayBook(Reader(answer))  # type: ignore[arg-type] # as far as it is asked
    busy = limited(tmp_path, day={"calls": 2})
    with capture_logs() as lines:
        came = [await book.admit(Measured(), busy, ANN) for _ in range(3)]
    assert came == [None, None, NOT_TODAY]
    assert [line["event"] for line in lines] == ["admission.unanswered"]


async def test_two_callers_and_one_place(tmp_path: Path) -> None:
    """One of them gets it, however long the records think about it."""
    reader = Reader(None)
    book = DayBook(reader)  # type: ignore[arg-type] # as far as it is asked
    busy = limited(tmp_path, day={"calls": 1})
    asked: list[Future[CallTotals]] = []
    reader.totals = lambda *_asked: asked.append(Future()) or asked[-1]  # type: ignore[method-assign,func-returns-value]
    async with asyncio.TaskGroup() as tasks:
        came = [tasks.create_task(book.admit(Measured(), busy, who)) for who in (ANN, BOB)]
        while len(asked) < 2:  # noqa: ASYNC110 - they are on their way
            await asyncio.sleep(0)
        for answer in asked:
            answer.set_result(CallTotals())
    assert sorted(str(task.result()) for task in came) == sorted([str(None), str(NOT_TODAY)])


async def test_who_is_forgotten_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many callers are known; the records know the others."""
    monkeypatch.setattr(day_limits, "MOST_ENTRIES", 10)
    book, busy = DayBook(), limited(tmp_path, caller_day={"calls": 1})
    for number in range(50):
        assert await book.admit(Measured(), busy, f"+1555{number}") is None
    assert len(book._entries) == 10


async def test_the_last_place_is_given_once_by_all_processes(tmp_path: Path) -> None:
    """With no word of the records: each says what it had, and asks at the moment of the call."""
    kept, busy = Kept(), limited(tmp_path, day={"calls": 3}, caller_day={"calls": 2})
    here, there = (DayBook(shared=kept.side(name)) for name in "ab")
    first, second = Measured(), Measured()
    assert await here.admit(first, busy, ANN) is None
    assert await there.admit(second, busy, ANN) is None
    assert await there.admit(Measured(), busy, ANN) == NOT_TODAY, "it is her third"
    assert await there.admit(Measured(), busy, BOB) is None, "who was refused does not count"
    assert await here.admit(Measured(), busy, BOB) == NOT_TODAY
    assert await here.admit(first, busy, ANN) is None, "a call that is in stays in"


async def test_what_others_talk_ends_calls_here(tmp_path: Path) -> None:
    """Minutes of calls that are up elsewhere are heard of while they are talked."""
    kept, busy = Kept(), limited(tmp_path, day={"minutes": 2})
    here, there = (DayBook(shared=kept.side(name)) for name in "ab")
    ours, theirs = Measured(30.0), Measured(10.0)
    assert await here.admit(ours, busy, ANN) is None
    assert await there.admit(theirs, busy, BOB) is None
    theirs.talk_seconds = 95.0
    await there.hear()
    await here.hear()
    here.look()
    assert ours.told == [Reason.DAY_LIMIT]
    there.left(theirs)
    await there.hear()
    assert await here.admit(Measured(), busy, ANN) == NOT_TODAY, "what is over stays counted"


async def test_who_tells_of_others_does_not_answer(tmp_path: Path) -> None:
    """Our own count decides then, and what the records know."""
    kept, busy = Kept(), limited(tmp_path, day={"calls": 2})
    kept.away = True
    book = DayBook(Reader(CallTotals(1)), kept.side("a"))  # type: ignore[arg-type] # as one is asked
    assert await book.admit(Measured(), busy, ANN) is None
    assert await book.admit(Measured(), busy, ANN) == NOT_TODAY
