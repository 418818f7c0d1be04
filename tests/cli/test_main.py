"""All commands together: help, and what a person is told."""

from __future__ import annotations

import subprocess

import pytest
import typer

from gateway import cli
from tests.cli.conftest import Run
from tests.equipment.process import ROOT, python

COMMANDS = ("serve", "local", "phone", "loadtest", "check", "route", "schema", "events")


def test_help_names_every_command(gateway: Run) -> None:
    """Each in its group, with how to begin; an unknown one is not guessed at."""
    told = gateway("--help").out
    assert all(name in told for name in (*COMMANDS, "Calls", "Dialplans", "First steps"))
    assert gateway("srve").code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command: str) -> None:
    """In words of its own; what it takes is named in the user's terms, not in Python's."""
    group = typer.main.get_command(cli.app)
    for option in group.commands[command].params:  # type: ignore[attr-defined]
        if getattr(option, "hidden", False):
            continue
        assert (option.help or "")[:1].isupper(), option.name
        switch = getattr(option, "is_flag", False)
        assert switch or option.param_type_name == "argument" or option.metavar, option.name


def test_help_is_the_same_by_module() -> None:
    """Only the name by which it is called differs."""
    ran = subprocess.run(
        python("-m", "gateway", "--help"), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Usage: python -m gateway [OPTIONS] COMMAND" in ran.stdout
    assert "Let people phone an AI agent" in ran.stdout
