"""All that is asked of records, whatever kind of database has them.

Gateways may share one: each run names itself and is known as alive as long as it lives, and whoever opens the
database next, or has it open, closes what a dead run left open. A call that was thought lost, and is not, is
what its own run says of it in the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

import orjson

from gateway.errors import BadInput
from gateway.records.call_record import NOTHING_WRITTEN, CallRecord, as_json, from_json, lost
from gateway.records.store.deliveries import Deliveries, enqueue
from gateway.records.store.question import Question, spellings, stamp
from gateway.records.store.tables import COLUMNS, PUT, Database
from gateway.records.store.uploads import Uploads, Wanted

DELETED_AT_ONCE = 500
"""Calls in one transaction: a database of years has millions, and a server gives a statement ten seconds."""


@dataclass(frozen=True, slots=True)
class CallTotals:
    """What some calls come to."""

    calls: int = 0
    seconds: float = 0.0
    """Talked."""
    usd: float = 0.0
    """As far as it is known."""


class RecordsStore:
    """One database, for one thread. `delivers`: each record that is closed is to be sent as a webhook.

    `uploads`: each recording is to be brought to object storage. `delete_files` deletes those of a call
    that is deleted.
    """

    def __init__(
        self,
        database: Database,
        *,
        delivers: bool = False,
        uploads: bool = False,
        delete_files: Callable[[CallRecord], None] = lambda _record: None,
    ) -> None:
        self._database = database
        self._delete_files = delete_files
        self._delivers = delivers
        self.deliveries = Deliveries(database)
        self._brings_away = uploads
        self.uploads = Uploads(database)
        self._seemed_dead: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database, and let the run's name go."""
        self._database.close()

    # --- a run ---------------------------------------------------------------------------------------

    def begin_run(self, run: str) -> int:
        """Be known as alive under this name; close what dead runs left open, and return how many calls."""
        self._database.hold(run)
        with self._database.transaction():
            return sum(self._close_all(other) for other in self._dead(run))

    def close_dead(self, run: str) -> int:
        """Close what runs have left open that have died meanwhile, and return how many calls.

        One that was dead at the look before, too: whoever lives takes a while to be seen again after its
        database was away.
        """
        with self._database.transaction():
            dead = self._dead(run)
            closed = sum(self._close_all(other) for other in dead & self._seemed_dead)
        self._seemed_dead = dead
        return closed

    def _dead(self, run: str) -> set[str]:
        """Return the runs, but for this one, that have open calls and do not live."""
        open_ones = self._database.execute("SELECT DISTINCT run FROM calls WHERE result IS NULL").fetchall()
        return {other for (other,) in open_ones if other != run and not self._database.alive(other)}

    def end_run(self, run: str) -> None:
        """Be gone: no call of this run is open any more."""
        self._database.let_go(run)

    def _close_all(self, run: str) -> int:
        asked = "SELECT CAST(record AS TEXT) FROM calls WHERE run = ? AND result IS NULL"
        rows = self._database.execute(asked, (run,)).fetchall()
        self._put_all((run, lost(from_json(orjson.loads(record)))) for (record,) in rows)
        return len(rows)

    # --- writing -------------------------------------------------------------------------------------

    def put(self, run: str, records: Iterable[CallRecord]) -> None:
        """Write records of a run in one transaction; one that is closed already stays as it is."""
        with self._database.transaction():
            self._put_all((run, record) for record in records)

    def forget(self, number: str) -> int:
        """Delete all closed calls from or to a number, delivered or not, and return how many."""
        condition, values = _of_number(number)
        return self._delete(f"{condition} AND result IS NOT NULL", *values)

    def going_on(self, number: str) -> int:
        """Return how many calls from or to a number are not over."""
        condition, values = _of_number(number)
        asked = f"SELECT COUNT(*) FROM calls WHERE {condition} AND result IS NULL"  # noqa: S608
        (count,) = self._database.execute(asked, values).fetchone()
        return int(count)

    def expire(self, before: datetime) -> int:
        """Delete all closed calls that began before, and return how many."""
        return self._delete("began < ? AND result IS NOT NULL", stamp(before))

    def _put_all(self, records: Iterable[tuple[str, CallRecord]]) -> None:
        for run, record in records:
            values = (getattr(record, name) for name in COLUMNS)
            text = orjson.dumps(as_json(record), default=str).decode()
            put = self._database.execute(PUT, (run, stamp(record.began), text, *values))
            if record.open or not put.rowcount:
                continue
            if self._delivers:
                enqueue(self._database, run, record, time.time())
            self._bring_away(record, "put")

    def _bring_away(self, record: CallRecord, wanted: Wanted) -> None:
        """Have a call's recording uploaded, or deleted where it was uploaded to."""
        told = record.recording
        if (
            self._brings_away
            and told is not None
            and told.get("seconds") != 0
            and not told.get(NOTHING_WRITTEN)
        ):
            self.uploads.want(str(told["file"]), wanted, time.time())

    def _delete(self, condition: str, *values: object) -> int:
        """Delete the calls of which this holds, some at a time: others write meanwhile.

        One whose files cannot be deleted is still known, and keeps no other. Raises BadInput for the first.
        """
        deleted, first, after = 0, None, ("", "", "")
        asked = (
            f"SELECT began, run, call, CAST(record AS TEXT) FROM calls WHERE {condition}"  # noqa: S608
            f" AND (began, run, call) > (?, ?, ?) ORDER BY began, run, call LIMIT {DELETED_AT_ONCE}"
        )
        while rows := self._database.execute(asked, (*values, *after)).fetchall():
            after = tuple(rows[-1][:3])
            with self._database.transaction():
                for _, run, call, record in rows:
                    try:
                        self._delete_one(run, from_json(orjson.loads(record)))
                    except OSError as error:
                        first = first or BadInput(
                            "records", call, error.filename, f"cannot be deleted: {error.strerror}"
                        )
                    else:
                        deleted += 1
        if deleted:
            self._database.purge()
        if first is not None:
            raise first
        return deleted

    def _delete_one(self, run: str, record: CallRecord) -> None:
        self._delete_files(record)
        self._bring_away(record, "delete")
        self._database.execute("DELETE FROM deliveries WHERE message = ?", (f"{run}-{record.call}",))
        self._database.execute("DELETE FROM calls WHERE run = ? AND call = ?", (run, record.call))

    # --- reading -------------------------------------------------------------------------------------

    def find(self, question: Question) -> Iterator[CallRecord]:
        """Yield the calls that were asked for, the newest first."""
        where, values = question.conditions()
        asked = (
            f"SELECT CAST(record AS TEXT) FROM calls WHERE {where}"  # noqa: S608
            f" ORDER BY began DESC, {self._database.newest} DESC LIMIT ?"
        )
        for (record,) in self._database.execute(asked, (*values, question.most)):
            yield from_json(orjson.loads(record))

    def named(self, beginning: str, most: int) -> list[CallRecord]:
        """Return the calls whose ids begin so, the newest first; of those with one id the newest.

        Ids are of eight digits: of a hundred thousand calls one or two have that of another.
        """
        newest: dict[str, CallRecord] = {}
        for record in self.find(Question(call=beginning, most=most)):
            newest.setdefault(record.call, record)
        return list(newest.values())

    def totals(
        self, plan: str, since: datetime, caller: str, run: str, counted_since: datetime
    ) -> CallTotals:
        """Add up what began or ended in a plan since then; "" is any caller.

        Left out is what `run` has itself counted, from `counted_since` on, and who was turned away.
        """
        conditions = "(plan = ? OR last_plan = ?) AND began >= ? AND NOT (run = ? AND began >= ?)"
        values: list[object] = [plan, plan, stamp(since), run, stamp(counted_since)]
        if caller:
            conditions += " AND caller = ?"
            values.append(caller)
        asked = (
            f"SELECT COUNT(*), COALESCE(SUM(talk_seconds), 0), COALESCE(SUM({self._database.known_usd}), 0)"  # noqa: S608
            f" FROM calls WHERE {conditions} AND (result IS NULL OR result <> 'rejected')"
        )
        calls, seconds, usd = self._database.execute(asked, values).fetchone()
        return CallTotals(int(calls), float(seconds), float(usd))


def _of_number(number: str) -> tuple[str, list[str]]:
    """Return the condition that a call is from or to a number, all of it, and its values."""
    numbers = spellings(number)
    if numbers == ("",):
        return "caller = ''", []
    places = ", ".join("?" * len(numbers))
    return f"(caller IN ({places}) OR called IN ({places}))", [*numbers, *numbers]
