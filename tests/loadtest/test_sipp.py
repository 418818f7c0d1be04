"""SIPp is started bounded, and its counts are read while it runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.loadtest import sipp
from gateway.loadtest.processes import ProgramFailed, until
from gateway.loadtest.settings import LoadSettings
from gateway.loadtest.sipp import Counts, GeneratorCrashed, Sipp

HEAD = "TotalCallCreated;CurrentCall;SuccessfulCall(C);FailedCall(C);Retransmissions(C);"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `sipp` that does what the file `code` says."""
    program = tmp_path / "bin" / "sipp"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/code "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return tmp_path / "code"


def _run(folder: Path, settings: LoadSettings, calls: int = 10) -> Sipp:
    program = Sipp(settings, ("127.0.0.1", 5060), calls, folder, 5070, 6000)
    with program:
        assert until(lambda: program.ended() is not None, 10)
    return program


def test_counts(fake: Path, tmp_path: Path) -> None:
    """The last whole line counts; before there is one, nothing was made."""
    fake.write_text(
        "import sys; f = open(sys.argv[sys.argv.index('-stf') + 1], 'w')\n"
        f"f.write('{HEAD}\\n5;5;0;0;0;\\n10;7;2;1;3;\\n11;')"
    )
    program = _run(tmp_path, LoadSettings())
    assert program.finish() == Counts(10, 7, 2, 1, 3)


def test_the_command_is_bounded(fake: Path, tmp_path: Path) -> None:
    """In calls, rate, time at once and time at all."""
    fake.write_text("import sys; print(sys.argv)")
    told = _run(tmp_path, LoadSettings(rate=5, duration=20, scenario="setup"), calls=8).command
    for option, value in (("-m", "100"), ("-l", "8"), ("-r", "5"), ("-d", "2000")):
        assert told[told.index(option) + 1] == value
    assert "-timeout" in told
    told = _run(tmp_path, LoadSettings(rate=5, duration=20), calls=10).command
    for option, value in (("-m", "10"), ("-l", "10"), ("-d", "22000")):
        assert told[told.index(option) + 1] == value


def test_a_crash_and_a_refusal_are_told_apart(fake: Path, tmp_path: Path) -> None:
    """A signal is SIPp's own fault; no calls at all show what it said."""
    fake.write_text("import os; os.kill(os.getpid(), 11)")
    with pytest.raises(GeneratorCrashed, match="SIGSEGV"):
        _run(tmp_path, LoadSettings()).finish()
    fake.write_text("print('bad option')")
    with pytest.raises(ProgramFailed, match="bad option"):
        _run(tmp_path, LoadSettings()).finish()


def test_no_sipp(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BadInput, match="sip-tester"):
        sipp.check()
