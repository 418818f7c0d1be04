import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import patience

ROOT = Path(__file__).parents[2]


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
    screen, terminal = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    shown = ""
    with subprocess.Popen(
        command.split(), cwd=ROOT, env=plain, stdin=terminal, stdout=terminal, stderr=terminal,
        start_new_session=True,
    ) as make:  # fmt: skip
        os.close(terminal)
        try:
            while awaited not in shown:
                more = _read(screen)
                assert more, shown
                shown += more
            os.killpg(make.pid, signal.SIGINT)  # as the terminal does to all who run on it
            while more := _read(screen):
                shown += more
            assert make.wait(patience.seconds(5)) == -signal.SIGINT
        finally:
            make.kill()
            os.close(screen)
    return [line.rpartition("\x1b[K")[2] for line in shown.splitlines() if line.strip()]


def _read(screen: int) -> str:
    try:
        return os.read(screen, 4096).decode()
    except OSError:  # EIO: nobody has the terminal open any more
        return ""
