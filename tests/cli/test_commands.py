"""Whatever a command takes is explained."""

from __future__ import annotations

import pytest
import typer

from gateway.cli.commands import app
from tests.cli.test_main import COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command: str) -> None:
    """In words of its own; what it takes is named in the user's terms, not in Python's."""
    group = typer.main.get_command(app)
    for option in group.commands[command].params:  # type: ignore[attr-defined]
        if getattr(option, "hidden", False):
            continue
        assert (option.help or "")[:1].isupper(), option.name
        switch = getattr(option, "is_flag", False)
        assert switch or option.param_type_name == "argument" or option.metavar, option.name
