"""Where the command line begins, and where an error becomes a line for a person."""

# ruff: noqa: PLC0415 - `serve` does not wait for what all other commands need
from __future__ import annotations

import sys
from collections.abc import Iterator

import typer

from gateway import log
from gateway.errors import GatewayError


def main() -> None:
    """Run a command; what a person can mend is said in one line, without a traceback."""
    problem = ""
    try:
        _app()()
    except* GatewayError as group:  # a plain error is caught as a group of one
        problem = "; ".join(str(error) for error in _leaves(group))
    if problem:
        log.flush()
        sys.stderr.write(f"gateway: {problem}\n")
        raise SystemExit(1)


def _app() -> typer.Typer:
    if sys.argv[1:2] == ["serve"]:
        from gateway.cli.top import add_serve, top

        app = top()
        add_serve(app)
        return app
    from gateway.cli.commands import app as commands

    return commands


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """The errors themselves, out of the groups that task groups put around them."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
