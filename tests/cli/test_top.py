"""`gateway serve` is the same command, whether the others were loaded or not."""

from __future__ import annotations

import typer

from gateway.cli.commands import app as everything
from gateway.cli.top import add_serve, top


def test_serve_takes_the_same_alone() -> None:
    """Its options, what is said of each, and its name."""
    alone = top()
    add_serve(alone)
    one, all_of_them = typer.main.get_command(alone), typer.main.get_command(everything)
    assert list(one.commands) == ["serve"]  # type: ignore[attr-defined]
    told = [
        [(option.name, option.help) for option in group.commands["serve"].params]  # type: ignore[attr-defined]
        for group in (one, all_of_them)
    ]
    assert told[0] == told[1]
    assert one.help == all_of_them.help
