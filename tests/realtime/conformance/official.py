"""An environment of their own for the official SDKs, built once and kept under build/."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.equipment.patience import seconds

HERE = Path(__file__).parent
PINS = HERE / "pins.txt"
"""All that it holds; `sdks` in pyproject.toml says why."""
HOME = HERE.parents[2] / "build" / "official-sdks"


def python() -> Path:
    """Return the interpreter that has the SDKs; skips the test where they cannot be had."""
    HOME.mkdir(parents=True, exist_ok=True)
    interpreter, built = HOME / "bin" / "python", HOME / "built"
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # parallel test runs build it once
        if not built.exists() or built.read_text() != PINS.read_text():
            _run(sys.executable, "-m", "venv", str(HOME))
            _run(str(interpreter), "-m", "pip", "install", "--quiet", "--requirement", str(PINS))
            built.write_text(PINS.read_text())
    return interpreter


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds(300), check=False)
    if done.returncode:
        pytest.skip(f"the official SDKs cannot be had: {done.stderr.strip()[-300:]}")


def judge(events: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    """Validate (`client` or `server`, event) strictly; give what is wrong, one line each."""
    lines = b"\n".join(orjson.dumps(pair) for pair in events)
    done = subprocess.run(
        [str(python()), str(HERE / "judge.py")],
        input=lines,
        capture_output=True,
        timeout=seconds(120),
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    problems: list[str] = orjson.loads(done.stdout)
    return problems
