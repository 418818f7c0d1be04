"""A record of every call: opened when it is let in, closed when it is over."""

from __future__ import annotations

import pytest

from gateway.call import Answered, CallerSaid, CallInfo, Party
from gateway.records.call_record import CallRecord, Moment
from gateway.records.keeper import RecordKeeper
from tests.records.store.made_records import NOON

INFO = CallInfo("c1", "x@y", Party("+15551230001"), Party("100"))


class Kept(list[CallRecord]):
    """Records in memory."""

    def put(self, record: CallRecord) -> None:
        """Take one."""
        self.append(record)


@pytest.mark.parametrize("keeps_words", [False, True])
def test_a_call_from_its_beginning_to_its_end(keeps_words: bool) -> None:
    """Two forms of one record, the second with what happened in between."""
    kept = Kept()
    keeper = RecordKeeper(kept, keeps_words=keeps_words)
    recorder = keeper.watch(INFO, NOON, 100.0)
    keeper.open(recorder, "day")
    recorder(Answered(), 100.5)
    recorder(CallerSaid("i1", "Hello."), 101.0)
    keeper.close(recorder, "day", "night", {"result": "completed", "turns": 1})
    opened, closed = kept
    assert (opened.call, opened.plan, opened.open) == ("c1", "day", True)
    assert (closed.call, closed.last_plan, closed.result) == ("c1", "night", "completed")
    assert closed.moments == (Moment(500, "answered"),)
    assert (closed.transcript is not None) == keeps_words
