"""Calls of the records, as every command finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.kept_calls import kept_call, kept_calls, recording_files
from gateway.errors import BadInput
from gateway.records.store.opening import open_records
from tests.equipment.somebody import folder_for_all, somebody
from tests.records.store.made_records import ended


def test_one_by_the_beginning_of_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_records(tmp_path / "var" / "gateway.db") as records:
        records.put("run", [ended("aaaa1111"), ended("bbbb2222")])
    assert kept_call("bbb", None, None).call == "bbbb2222"
    assert kept_call("aaaa1111", "var/gateway.db", None).call == "aaaa1111"
    with pytest.raises(BadInput, match="gateway calls"):
        kept_call("cccc", None, None)


def test_several_that_begin_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them is taken: they are listed, the newest first."""
    monkeypatch.chdir(tmp_path)
    with open_records(tmp_path / "var" / "gateway.db") as records:
        records.put("run", [ended("aaaa1111", 1, caller=""), ended("aaaa2222", 2), ended("bbbb0000")])
        records.put("another run", [ended("aaaa2222", 9)])  # a process chooses its own
    with pytest.raises(BadInput) as told:
        kept_call("aaaa", None, None)
    first, *lines = told.value.cure.splitlines()
    assert first.endswith("write more of it:")
    assert [line.split()[0] for line in lines] == ["aaaa2222", "aaaa1111"]
    assert "withheld to" in lines[1]
    assert kept_call("aaaa2222", None, None) == ended("aaaa2222", 9)


def test_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has just called need not look for an id."""
    monkeypatch.chdir(tmp_path)
    with open_records(tmp_path / "var" / "gateway.db") as records:
        with pytest.raises(BadInput, match="no call yet"):
            kept_call("last", None, None)
        records.put("run", [ended("bbbb2222"), ended("aaaa1111")])
    assert kept_call("last", None, None).call == "aaaa1111"


@pytest.mark.parametrize(
    ("settings", "cure"),
    [
        ("records: {database: off}", "no records are kept"),
        ("records: {database: var/no.db}", "has a gateway run here"),
    ],
)
def test_there_are_none(tmp_path: Path, settings: str, cure: str) -> None:
    (tmp_path / "gateway.yaml").write_text(settings)
    with pytest.raises(BadInput, match=cure), kept_calls(None, tmp_path / "gateway.yaml"):
        pass


def test_where_recordings_are(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("recording: {folder: tapes}\n")
    files = recording_files(tmp_path / "gateway.yaml")
    kept = ended("aaaa1111", recording={"file": "call.wav"})
    with pytest.raises(BadInput, match="tapes"):
        files.sound(kept)


def test_records_of_another_user() -> None:
    """Whose folder may not be looked into: it is told who may ask."""
    with folder_for_all() as folder:
        (locked := folder / "var").mkdir(mode=0o700)
        file = locked / "gateway.db"
        file.touch()
        with (
            somebody(),
            pytest.raises(BadInput, match="as the user that the gateway runs as"),
            kept_calls(str(file), None),
        ):
            pass
