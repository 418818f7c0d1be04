"""Records in an SQLite file: who may read it, what is left in it, and what is none."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.records.store.opening import open_records
from gateway.records.store.question import Question
from gateway.records.store.sqlite import VERSIONS
from tests.records.store.made_records import ended, record


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    """Files of callers' numbers are 0600, and so is what SQLite lays beside them."""
    with open_records(tmp_path / "var" / "r.db") as records:
        records.begin_run("run")
        records.put("run", [ended("a")])
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var").iterdir()}
    assert set(modes) >= {"r.db", "r.db-wal", "r.db-run-run"}
    assert set(modes.values()) == {0o600}


def test_forgetting_a_number(tmp_path: Path) -> None:
    """Not a byte of it is left in the file; calls that go on stay."""
    file = tmp_path / "r.db"
    with open_records(file) as records:
        calls = [ended(f"a{n}", caller="+4915112345678") for n in range(50)]
        records.put("run", [*calls, ended("b"), record("c", called="+4915112345678")])
        assert records.forget("+4915112345678") == 50
        assert {one.call for one in records.find(Question())} == {"b", "c"}
        records.put("run", [ended("c", called="+4915112345678")])
        assert records.forget("+4915112345678") == 1
    assert b"4915112345678" not in file.read_bytes()


@pytest.mark.parametrize("kind", ["newer", "garbage", "folder"])
def test_a_file_that_is_none_of_ours(tmp_path: Path, kind: str) -> None:
    """It is refused in one line, and stays as it was."""
    file = tmp_path / "r.db"
    if kind == "folder":
        file.mkdir()
    elif kind == "garbage":
        file.write_bytes(b"no database at all " * 100)
    else:
        open_records(file).close()
        with sqlite3.connect(file) as connection:
            connection.execute(f"PRAGMA user_version = {len(VERSIONS) + 1}")
        connection.close()
    with pytest.raises(BadInput, match=r"r\.db"):
        open_records(file)


def test_nothing_to_read(tmp_path: Path) -> None:
    """A reader makes no file."""
    with pytest.raises(BadInput, match=r"r\.db"):
        open_records(tmp_path / "r.db", only_read=True)
    assert not list(tmp_path.iterdir())
