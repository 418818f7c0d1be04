"""Records in a database of each kind: what goes in comes out, once, and a dead run leaves nothing open."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.records.settings import Place
from gateway.records.store import records_store
from gateway.records.store.opening import errors, open_records
from gateway.records.store.question import Question
from gateway.records.store.records_store import CallTotals
from tests.equipment import patience
from tests.records.store.made_records import NOON, ended, record


def test_what_goes_in_comes_out(place: Place) -> None:
    """The newest first."""
    with open_records(place) as records:
        records.put("run", [ended("a"), ended("b", 5), record("c", 3)])
        assert list(records.find(Question())) == [ended("b", 5), record("c", 3), ended("a")]


def test_a_record_is_written_once(place: Place) -> None:
    """Opened and then closed it is one row, and what is closed stays as it is."""
    with open_records(place) as records:
        records.put("run", [record("a")])
        records.put("run", [ended("a")])
        records.put("run", [ended("a", reason="agent_hung_up"), record("a")])
        assert list(records.find(Question())) == [ended("a")]


def test_the_same_id_in_two_runs(place: Place) -> None:
    """Ids are unique in a process only."""
    with open_records(place) as records:
        records.put("one", [ended("a")])
        records.put("two", [ended("a", 1)])
        assert len(list(records.find(Question(call="a")))) == 2


def test_which_calls_a_beginning_means(place: Place) -> None:
    """Each id once, with the newest of its calls; not more rows are looked at than are asked for."""
    with open_records(place) as records:
        records.put("one", [ended("ab01"), ended("ab02", 2), ended("cd01")])
        records.put("two", [ended("ab01", 1)])
        assert records.named("ab", 10) == [ended("ab02", 2), ended("ab01", 1)]
        assert records.named("ab01", 10) == [ended("ab01", 1)]
        assert records.named("ab", 1) == [ended("ab02", 2)]
        assert records.named("ef", 10) == []


def test_questions(place: Place) -> None:
    """By id, number, plan, outcome and time."""
    other = ended("cd34", 9, caller="+15550001", called="200", plan="day", last_plan="night", result="failed")
    questions = {
        Question(call="ab"): "ab12",
        Question(number="0123"): "ab12",
        Question(number="+15550001"): "cd34",
        Question(caller="+15550001"): "cd34",
        Question(plan="night"): "cd34",
        Question(result="failed"): "cd34",
        Question(since=NOON + timedelta(minutes=1)): "cd34",
        Question(until=NOON + timedelta(minutes=1)): "ab12",
        Question(most=1): "cd34",
        Question(over=True, most=1): "cd34",
        Question(number="9+15550001"): None,
        Question(caller="0123"): None,
    }
    with open_records(place) as records:
        records.put("run", [ended("ab12"), other])
        for question, found in questions.items():
            assert [one.call for one in records.find(question)] == [found] * (found is not None), question


def test_what_a_line_may_hold(place: Place) -> None:
    """Any text, also what a database has no room for."""
    said = "50 % of 'what?' \\ \N{GRINNING FACE}"
    with open_records(place) as records:
        records.put("run", [ended("a", plan=said, figures={"summary": f"{said}\0"})])
        (found,) = records.find(Question(plan=said))
    assert (found.plan, str(found.figures["summary"]).rstrip("\0")) == (said, said)


def test_forgetting_a_number(place: Place) -> None:
    """Calls that go on stay, until they are over."""
    with open_records(place, delivers=True) as records:
        calls = [ended(f"a{n}", caller="+4915112345678") for n in range(5)]
        records.put("run", [*calls, ended("b"), record("c", called="+4915112345678")])
        assert records.forget("+4915112345678") == 5
        assert {one.call for one in records.find(Question())} == {"b", "c"}
        assert [one.message for one in records.deliveries.due(4e9, 10)] == ["run-b"]


def test_a_file_that_cannot_be_deleted(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told, its record is still there, and all others are deleted, however many there are."""
    monkeypatch.setattr(records_store, "DELETED_AT_ONCE", 3)
    (tmp_path / "a4.wav").mkdir()
    for others in range(10):
        (tmp_path / f"a{others}.wav").touch() if others != 4 else None
    with open_records(place, recordings=tmp_path) as records:
        calls = [ended(f"a{n}", minutes=n % 3, recording={"file": f"a{n}.wav"}) for n in range(10)]
        records.put("run", calls)
        with pytest.raises(BadInput, match=r"a4\.wav.*cannot be deleted"):
            records.expire(NOON + timedelta(days=1))
        assert [one.call for one in records.find(Question())] == ["a4"]
        assert [file.name for file in tmp_path.glob("*.wav")] == ["a4.wav"]
        (tmp_path / "a4.wav").rmdir()
        assert records.expire(NOON + timedelta(days=1)) == 1


def test_records_expire(place: Place) -> None:
    """Those that are older."""
    with open_records(place) as records:
        records.put("run", [ended("a"), ended("b", 10), record("c")])
        assert records.expire(NOON + timedelta(minutes=5)) == 1
        assert {one.call for one in records.find(Question())} == {"b", "c"}


def test_what_a_day_comes_to(place: Place) -> None:
    """Of a plan, of one caller in it; not what a run has counted itself, nor who was turned away."""
    money = {"talk_seconds": 60.0, "cost_usd": 0.25}
    partly = {"talk_seconds": 60.0, "figures": {"cost_at_least_usd": 0.25}}  # the rest is not known
    with open_records(place) as records:
        records.put(
            "one", [ended("a", 1, plan="day", **money), ended("b", 2, plan="x", last_plan="day", **partly)]
        )
        records.put("two", [ended("c", 3, plan="day", caller="+1555", **money), record("d", 4, plan="day")])
        records.put("two", [ended("e", 5, plan="day", result="rejected"), ended("f", 6, plan="other")])

        def totals(since: float, caller: str, run: str, counted: float) -> CallTotals:
            times = (NOON + timedelta(minutes=minutes) for minutes in (since, counted))
            return records.totals("day", next(times), caller, run, next(times))

        assert totals(0, "", "none", 0) == CallTotals(4, 180.0, 0.75)
        assert totals(1.5, "", "none", 0) == CallTotals(3, 120.0, 0.5)
        assert totals(0, "", "two", 0) == CallTotals(2, 120.0, 0.5)
        assert totals(0, "", "two", 4) == CallTotals(3, 180.0, 0.75)
        assert totals(0, "+1555", "none", 0) == CallTotals(1, 60.0, 0.25)
        assert totals(60, "", "none", 0) == CallTotals()


DIES = """
import os, sys
from gateway.records.settings import place_of
from gateway.records.store.opening import open_records
from tests.records.store.made_records import ended, record
records = open_records(place_of(sys.argv[1]))
records.begin_run("dead")
records.put("dead", [record("a"), ended("b")])
os.kill(os.getpid(), 9)
"""


def test_what_a_dead_run_left_open_is_closed(place: Place) -> None:
    """By whoever opens the database next, and no row of one that lives."""
    with open_records(place) as living:
        living.begin_run("living")
        living.put("living", [record("l")])
        subprocess.run([sys.executable, "-c", DIES, str(place)], check=False, timeout=patience.seconds(30))
        with open_records(place) as next_one:
            assert next_one.begin_run("next") == 1
            outcomes = {one.call: (one.result, one.reason) for one in next_one.find(Question())}
            assert next_one.begin_run("next but one") == 0
    assert outcomes == {
        "a": ("lost", "gateway_died"),
        "b": ("completed", "caller_hung_up"),
        "l": (None, None),
    }
    if isinstance(place, Path):
        assert not os.path.exists(f"{place}-run-dead")  # noqa: PTH110


def test_what_died_meanwhile_is_closed_by_those_that_live(place: Place) -> None:
    """At the second look: who was away from the database for a moment is no longer dead at that."""
    with open_records(place) as living:
        living.begin_run("living")
        subprocess.run([sys.executable, "-c", DIES, str(place)], check=False, timeout=patience.seconds(30))
        with open_records(place) as away:
            away.put("away", [record("w")])
            assert living.close_dead("living") == 0
            away._database.hold("away")
            away.put("away", [record("x")])
            assert living.close_dead("living") == 1
            assert living.close_dead("living") == 0
            outcomes = {one.call: one.result for one in living.find(Question())}
    assert outcomes == {"a": "lost", "b": "completed", "w": None, "x": None}


def test_a_call_that_was_thought_lost(place: Place) -> None:
    """What its own run says of it in the end counts, once; that it is open does not."""
    with open_records(place) as records:
        records.put("away", [record("a")])
        records.begin_run("other")
        for put, result in ((record("a"), "lost"), (ended("a"), "completed"), (record("a"), "completed")):
            records.put("away", [put])
            assert [one.result for one in records.find(Question())] == [result]


def test_reading_beside_a_gateway_that_writes(place: Place) -> None:
    """Whoever only reads sees what was written so far."""
    with open_records(place) as writing:
        writing.put("run", [ended("a")])
        with open_records(place, only_read=True) as reading:
            assert [one.call for one in reading.find(Question())] == ["a"]
            with pytest.raises(errors(place)):
                reading.put("run", [ended("b")])
