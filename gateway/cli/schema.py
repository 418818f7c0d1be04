"""`gateway schema`: every key of a dialplan file, and of gateway.yaml, for editors and for people."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import reference
from gateway.cli.outcome import finish

FOR_EDITORS = "For an editor: `gateway schema > dialplans/schema.json`, see docs/dialplan.md."


def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a table for people instead.")] = False,
    settings: Annotated[
        bool, typer.Option("--settings", help="Print a table of the keys of gateway.yaml instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of a dialplan file, with which editors complete and check its keys."""
    from gateway.dialplan.commands import run_schema

    finish((reference(), 0) if settings else run_schema(markdown=markdown))
