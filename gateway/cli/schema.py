"""`gateway schema`: every key of a dialplan file, and of gateway.yaml, for editors and for people."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from typing import Annotated

import orjson
import typer

from gateway.cli.options import reference
from gateway.cli.outcome import finish

FOR_EDITORS = "For an editor: `gateway schema > dialplans/schema.json`, see docs/dialplan.md."


def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a table for people instead.")] = False,
    settings: Annotated[
        bool, typer.Option("--settings", help="Print a table of the keys of gateway.yaml instead.")
    ] = False,
    trunks: Annotated[
        bool, typer.Option("--trunks", help="Print tables of the keys of a trunk instead.")
    ] = False,
    rehearsals: Annotated[
        bool, typer.Option("--rehearsals", help="Print the JSON Schema of a file of rehearsals instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of a dialplan file, with which editors complete and check its keys."""
    from gateway.dialplan.commands import run_schema
    from gateway.dialplan.schema import reference_of
    from gateway.rehearsal.reading import json_schema
    from gateway.sip.trunk_keys import TrunkKeys

    if rehearsals:
        finish((orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2).decode(), 0))
    if trunks:
        finish((reference_of(TrunkKeys, "trunk", "--trunks"), 0))
    finish((reference(), 0) if settings else run_schema(markdown=markdown))
