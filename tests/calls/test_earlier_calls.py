"""A caller's earlier calls, looked up while the phone rings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.call import AddText, CallInfo, Party
from gateway.calls import earlier_calls
from gateway.calls.earlier_calls import remember
from gateway.dialplan.model import EarlierCalls
from gateway.records.call_record import Line
from gateway.records.store.opening import open_records
from gateway.records.store.reader import RecordReader
from gateway.records.store.sqlite import SQLITE_ERRORS
from tests.equipment.plans import plan
from tests.records.store.made_records import ended

ANN = "+15550001"


def called(who: str) -> CallInfo:
    """Return a call of somebody's."""
    return CallInfo("c9", "x@y", Party(who), Party("100"))


def had(call: str, days: float, words: str = "", **more: Any) -> Any:
    """Return the record of a call of Ann's, so many days ago."""
    known = {"caller": ANN, "plan": "plan", "last_plan": "plan", "talk_seconds": 30.0}
    began = datetime.now(UTC) - timedelta(days=days)
    return ended(call, began=began, transcript=(Line(0, "caller", words or call),), **known | more)


@pytest.fixture
def reader(tmp_path: Path) -> Any:
    """Records of four of Ann's calls, and of others'."""
    file = tmp_path / "r.db"
    with open_records(file) as records:
        records.put("run", [had("one", 1), had("two", 2), had("three", 3), had("old", 40)])
        records.put("run", [had("elsewhere", 1, plan="other", last_plan="other")])
        records.put("run", [had("busy", 0.1, talk_seconds=None), had("other", 1, caller="+15559")])
        records.put("run", [had("nobody", 1, caller="anonymous")])
    made = RecordReader("mine", lambda: open_records(file, only_read=True), SQLITE_ERRORS)
    yield made
    made.close()


async def test_the_last_calls_of_the_same_number(reader: RecordReader, tmp_path: Path) -> None:
    """In the same plan, in which somebody talked; not what is too long ago."""
    here = plan(tmp_path)
    told = await remember(reader, called(ANN), here, EarlierCalls(calls=2))
    assert isinstance(told, AddText)
    assert told.role == "system"
    assert [line for line in told.text.splitlines() if line.startswith("Caller")] == [
        "Caller: two",
        "Caller: one",
    ]
    many = await remember(reader, called(ANN), here, EarlierCalls(calls=20))
    assert many is not None
    assert "Caller: three" in many.text
    assert "old" not in many.text
    assert "elsewhere" not in many.text


@pytest.mark.parametrize("who", ["anonymous", "", "+15558"])
async def test_a_caller_of_whom_nothing_is_known(reader: RecordReader, tmp_path: Path, who: str) -> None:
    """Who withholds a number is somebody else each time."""
    assert await remember(reader, called(who), plan(tmp_path), EarlierCalls()) is None


async def test_records_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call goes on without."""
    monkeypatch.setattr(earlier_calls, "ANSWER_WITHIN_S", 5.0)
    nowhere = RecordReader("mine", lambda: open_records(tmp_path / "no.db", only_read=True), SQLITE_ERRORS)
    with capture_logs() as lines:
        assert await remember(nowhere, called(ANN), plan(tmp_path), EarlierCalls()) is None
    assert [line["event"] for line in lines] == ["call.no_history"]
    nowhere.close()
