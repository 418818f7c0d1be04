"""`gateway rehearse` as a person types it; whole calls are in tests/rehearsal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "rehearse", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rehearsals: {a: {call: 100, stepps: []}}", "stepps"),
        ("rehearsals: {}", "rehearsals"),
    ],
)
def test_mistakes_are_told_before_anybody_rings(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "desk.yaml").write_text(text)
    done = _run(str(tmp_path / "desk.yaml"))
    assert done.returncode == 1
    assert "desk.yaml:1:" in done.stderr
    assert told in done.stderr


def test_nobody_has_that_title(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("rehearsals: {hello: {call: 100}}")
    done = _run(str(tmp_path / "desk.yaml"), "--only", "goodbye")
    assert done.returncode == 1
    assert "no call has these words" in done.stderr
