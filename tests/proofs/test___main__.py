from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs import NOT_HERE
from tests.proofs.__main__ import main, names


def test_every_module_is_a_proof(tmp_path: Path) -> None:
    """A module in the folder is a proof; its tests and what begins with an underscore are none."""
    for name in ("b", "a", "__init__", "_shared", "test_a"):
        (tmp_path / f"{name}.py").touch()
    assert names(tmp_path) == ["a", "b"]


def test_one_failure_hides_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    """All are run; the end says which failed, and so does the exit code."""
    codes = {"one": 1, "two": 0, "three": -11, "four": NOT_HERE}
    assert main([], list(codes), codes.__getitem__) == 1
    summary = capsys.readouterr().out.partition("== proofs\n")[2].splitlines()
    assert [line.partition(",")[0].split(maxsplit=1) for line in summary] == [
        ["one", "FAILED (exit 1)"],
        ["two", "holds"],
        ["three", "FAILED (exit -11)"],
        ["four", "cannot be run here"],
    ]


def test_one_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """Only what was named is run, and a name that does not exist is said."""
    codes = {"one": 1, "two": 0}
    assert main(["two"], list(codes), codes.__getitem__) == 0
    assert main(["three"], list(codes), codes.__getitem__) == 2
    assert "no such proof: three" in capsys.readouterr().err
