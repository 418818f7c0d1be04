"""All commands together: help, and what a person is told."""

from __future__ import annotations

import subprocess

from tests.cli.conftest import Run
from tests.equipment.process import ROOT, python

COMMANDS = ("serve", "local", "phone", "loadtest", "check", "route", "schema", "events")


def test_help_names_every_command(gateway: Run) -> None:
    """Each in its group, with how to begin; an unknown one is not guessed at."""
    told = gateway("--help").out
    assert all(name in told for name in (*COMMANDS, "Calls", "Dialplans", "First steps"))
    assert gateway("srve").code == 2


def test_help_is_the_same_by_module() -> None:
    """Only the name by which it is called differs."""
    ran = subprocess.run(
        python("-m", "gateway", "--help"), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Usage: python -m gateway [OPTIONS] COMMAND" in ran.stdout
    assert "Let people phone an AI agent" in ran.stdout


def test_serve_is_itself_among_all_commands_and_alone() -> None:
    """It does not wait for the others, and says the same of itself."""
    ran = subprocess.run(
        python("-c", ALONE, "serve", "--no-such-option"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.split() == ["2", "False"]
    assert "No such option: --no-such-option" in ran.stderr
    assert "Usage: -c serve [OPTIONS]" in ran.stderr


ALONE = """
import sys
from gateway import cli
try:
    cli.main()
except SystemExit as end:
    print(end.code, "gateway.cli.commands" in sys.modules)
"""
