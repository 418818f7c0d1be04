import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import step

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def test_command_that_works_says_little(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own words are in the log only."""
    log = tmp_path / "new/setup.log"
    assert step.main(["greeting", "--", sys.executable, "-c", "print('hello')"], log) == 0
    assert "hello" not in capsys.readouterr().err
    assert "hello" in log.read_text()


def test_command_that_fails_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last line names the error and the log, and the exit code lets make stop."""
    log = tmp_path / "setup.log"
    assert step.main(["greeting", "--", sys.executable, "-c", "raise SystemExit('error: mute')"], log) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("set-up: greeting: error: mute")
    assert str(log) in last


def test_interrupted_command_is_no_traceback(tmp_path: Path) -> None:
    """Ctrl-C ends it with 130, and what was written over and over gives way to a whole line."""
    ask_for_it = "import os, signal; os.kill(os.getppid(), signal.SIGINT)"
    whole = [sys.executable, "-m", "deploy.step", "greeting", "--", sys.executable, "-c", ask_for_it]
    ended = subprocess.run(whole, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert ended.returncode == 130
    assert ended.stderr.splitlines()[-1].startswith("set-up: interrupted")
