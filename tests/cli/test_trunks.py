"""`gateway trunks`: how the lines stand, and the exit code for scripts."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pytest

from tests.cli import test_live
from tests.cli.conftest import Run
from tests.node.test_trunk_table import CARRIER, PBX


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gateway's socket; its trunks stand as `test_live.TRUNKS` says."""
    monkeypatch.setattr(test_live, "TRUNKS", [asdict(CARRIER), asdict(PBX)])
    return tmp_path / "var" / "control.sock"


def test_trunks_are_listed(gateway: Run, asked: Path) -> None:
    """One that has failed makes the exit code 1."""
    with test_live.answering(asked):
        told = gateway("trunks")
        lines = gateway("trunks", "--json").out.splitlines()
    assert told.code == 1
    assert [line.split()[0] for line in told.out.splitlines()[1:3]] == ["carrier", "pbx"]
    assert [orjson.loads(line)["state"] for line in lines] == ["registered", "failed"]


def test_all_well(gateway: Run, asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 0."""
    monkeypatch.setattr(test_live, "TRUNKS", [asdict(CARRIER), asdict(replace(PBX, state="reachable"))])
    with test_live.answering(asked):
        assert gateway("trunks").code == 0
