import os
import signal
import sys
from pathlib import Path

import pytest

from tests.equipment.terminal import Terminal


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """An environment that make takes for set up; its `gateway` says that it runs, and ends at a signal."""
    tools = tmp_path / "venv/bin"
    tools.mkdir(parents=True)
    (tools / "python").symlink_to(sys.executable)
    gateway = tools / "gateway"
    gateway.write_text("#!/bin/sh\ntrap 'echo bye; exit 7' INT\necho running\nwhile :; do sleep 0.05; done\n")
    gateway.chmod(0o755)
    for step in (".made", ".portable"):
        (tmp_path / "venv" / step).touch()
    return tmp_path / "venv"


@pytest.mark.parametrize("target", ["run", "call"])
def test_ctrl_c_is_not_an_error_of_make(ready: Path, target: str) -> None:
    """Whatever the program ends with: the last line is the program's own."""
    told = _interrupted(f"make -s {target} PORTABLE=1 PREBUILT={ready}", "running")
    assert told[-1] == "bye"
    assert not [line for line in told if "***" in line or "Error" in line]


def test_ctrl_c_in_the_set_up_ends_it(ready: Path) -> None:
    """Nothing else is tried instead, and make has nothing to add."""
    (ready / ".portable").unlink()
    slow = ready / "bin/uv"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    told = _interrupted(f"make run PORTABLE=1 PREBUILT={ready} UV={slow}", "0:01")
    assert told[-1].endswith("interrupted; the next make goes on from here")
    assert not [line for line in told if "***" in line]


def _interrupted(command: str, awaited: str) -> list[str]:
    """Type a command, wait for a word, press Ctrl-C; return the lines that the terminal showed."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    with Terminal(command.split(), env=plain) as window:
        window.wait_for(awaited)
        window.press_ctrl_c()
        assert window.wait() == -signal.SIGINT
        return window.lines
