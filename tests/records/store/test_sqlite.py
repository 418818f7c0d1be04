"""Records in a file: what goes in comes out, once, and a dead run leaves nothing open."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.records.store.question import Question
from gateway.records.store.sqlite import VERSIONS, SqliteRecords
from tests.records.store.made_records import NOON, ended, record


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    """The newest first."""
    with SqliteRecords.open(tmp_path / "var" / "gateway.db") as records:
        records.put("run", [ended("a"), ended("b", 5), record("c", 3)])
        assert list(records.find(Question())) == [ended("b", 5), record("c", 3), ended("a")]


def test_a_record_is_written_once(tmp_path: Path) -> None:
    """Opened and then closed it is one row, and what is closed stays as it is."""
    with SqliteRecords.open(tmp_path / "r.db") as records:
        records.put("run", [record("a")])
        records.put("run", [ended("a")])
        records.put("run", [ended("a", reason="agent_hung_up"), record("a")])
        assert list(records.find(Question())) == [ended("a")]


def test_the_same_id_in_two_runs(tmp_path: Path) -> None:
    """Ids are unique in a process only."""
    with SqliteRecords.open(tmp_path / "r.db") as records:
        records.put("one", [ended("a")])
        records.put("two", [ended("a", 1)])
        assert len(list(records.find(Question(call="a")))) == 2


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (Question(call="ab"), "ab12"),
        (Question(number="0123"), "ab12"),
        (Question(number="+15550001"), "cd34"),
        (Question(plan="night"), "cd34"),
        (Question(result="failed"), "cd34"),
        (Question(since=NOON + timedelta(minutes=1)), "cd34"),
        (Question(until=NOON + timedelta(minutes=1)), "ab12"),
        (Question(most=1), "cd34"),
    ],
)
def test_questions(tmp_path: Path, question: Question, found: str) -> None:
    """By id, number, plan, outcome and time."""
    other = ended("cd34", 9, caller="+15550001", called="200", plan="day", last_plan="night", result="failed")
    with SqliteRecords.open(tmp_path / "r.db") as records:
        records.put("run", [ended("ab12"), other])
        assert [one.call for one in records.find(question)] == [found]


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    """Files of callers' numbers are 0600, and so is what SQLite lays beside them."""
    with SqliteRecords.open(tmp_path / "var" / "r.db") as records:
        records.begin_run("run")
        records.put("run", [ended("a")])
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var").iterdir()}
    assert set(modes) >= {"r.db", "r.db-wal", "r.db-run-run"}
    assert set(modes.values()) == {0o600}


def test_forgetting_a_number(tmp_path: Path) -> None:
    """Not a byte of it is left in the file; calls that go on stay."""
    file = tmp_path / "r.db"
    with SqliteRecords.open(file) as records:
        calls = [ended(f"a{n}", caller="+4915112345678") for n in range(50)]
        records.put("run", [*calls, ended("b"), record("c", called="+4915112345678")])
        assert records.forget("+4915112345678") == 50
        assert {one.call for one in records.find(Question())} == {"b", "c"}
        records.put("run", [ended("c", called="+4915112345678")])
        assert records.forget("+4915112345678") == 1
    assert b"4915112345678" not in file.read_bytes()


def test_records_expire(tmp_path: Path) -> None:
    """Those that are older."""
    with SqliteRecords.open(tmp_path / "r.db") as records:
        records.put("run", [ended("a"), ended("b", 10), record("c")])
        assert records.expire(NOON + timedelta(minutes=5)) == 1
        assert {one.call for one in records.find(Question())} == {"b", "c"}


DIES = """
import os, sys
from pathlib import Path
from gateway.records.store.sqlite import SqliteRecords
from tests.records.store.made_records import ended, record
records = SqliteRecords.open(Path(sys.argv[1]))
records.begin_run("dead")
records.put("dead", [record("a"), ended("b")])
os.kill(os.getpid(), 9)
"""


def test_what_a_dead_run_left_open_is_closed(tmp_path: Path) -> None:
    """By whoever opens the file next, and no row of one that lives."""
    file = tmp_path / "r.db"
    with SqliteRecords.open(file) as living:
        living.begin_run("living")
        living.put("living", [record("l")])
        subprocess.run([sys.executable, "-c", DIES, file], check=False, timeout=30)
        with SqliteRecords.open(file) as next_one:
            assert next_one.begin_run("next") == 1
            outcomes = {one.call: (one.result, one.reason) for one in next_one.find(Question())}
            assert next_one.begin_run("next but one") == 0
    assert outcomes == {
        "a": ("lost", "gateway_died"),
        "b": ("completed", "caller_hung_up"),
        "l": (None, None),
    }
    assert not (tmp_path / "r.db-run-dead").exists()


def test_reading_beside_a_gateway_that_writes(tmp_path: Path) -> None:
    """Whoever only reads changes nothing, and sees what was written so far."""
    with SqliteRecords.open(tmp_path / "r.db") as writing:
        writing.put("run", [ended("a")])
        with SqliteRecords.open(tmp_path / "r.db", only_read=True) as reading:
            assert [one.call for one in reading.find(Question())] == ["a"]
            with pytest.raises(sqlite3.OperationalError):
                reading.put("run", [ended("b")])


@pytest.mark.parametrize("kind", ["newer", "garbage", "folder"])
def test_a_file_that_is_none_of_ours(tmp_path: Path, kind: str) -> None:
    """It is refused in one line, and stays as it was."""
    file = tmp_path / "r.db"
    if kind == "folder":
        file.mkdir()
    elif kind == "garbage":
        file.write_bytes(b"no database at all " * 100)
    else:
        SqliteRecords.open(file).close()
        with sqlite3.connect(file) as connection:
            connection.execute(f"PRAGMA user_version = {len(VERSIONS) + 1}")
        connection.close()
    with pytest.raises(BadInput, match=r"r\.db"):
        SqliteRecords.open(file)


def test_nothing_to_read(tmp_path: Path) -> None:
    """A reader makes no file."""
    with pytest.raises(BadInput, match=r"r\.db"):
        SqliteRecords.open(tmp_path / "r.db", only_read=True)
    assert not list(tmp_path.iterdir())
