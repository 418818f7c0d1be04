"""`gateway rehearse` as a person types it; whole calls are in tests/rehearsal."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from gateway.cli.commands import app
from gateway.rehearsal.command import RehearsalOptions
from tests.equipment.process import ROOT


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


def test_the_example_of_a_pull_request_is_one_that_runs() -> None:
    """docs/rehearsing.md: a workflow whose commands there are, with options that there are."""
    text = (ROOT / "docs" / "rehearsing.md").read_text(encoding="utf-8")
    (example,) = (block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "runs-on" in block)
    steps = yaml.safe_load(example)["jobs"]["rehearse"]["steps"]
    make, ring = (step["run"].split() for step in steps if "run" in step)
    assert f"\n{make[-1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert Path(ring[0]).name == "gateway"
    command = get_command(app).commands[ring[1]]  # type: ignore[attr-defined] # it is a group
    known = {name for option in command.params for name in option.opts}
    assert {word for word in ring if word.startswith("--")} <= known
    (kept,) = (step["with"]["path"] for step in steps if step.get("if") == "failure()")
    assert kept == str(RehearsalOptions().keep)
