"""`gateway check`: every mistake in the dialplan files and in gateway.yaml."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from gateway import log
from gateway.cli.dialplans import PLACES, Folder, knowledge
from gateway.cli.options import SettingsFile, takes
from gateway.cli.outcome import finish
from gateway.node.settings import Settings

Secrets = Annotated[
    bool,
    typer.Option(
        "--secrets/--no-secrets",
        help="Whether a key that is not set on this machine is an error, and tool servers (MCP) are connected"
        " to; --no-secrets: a warning, and they are not.",
        show_default=False,
    ),
]


@takes(Settings, **PLACES)
def check(
    folder: Folder = None, *, settings_file: SettingsFile = None, secrets: Secrets = True, **given: Any
) -> None:
    """Check gateway.yaml and all dialplan files: every mistake with file, line, column, key, value and cure.

    Functions that agents may call are listed. Exit code 1: there is a mistake, or this machine lacks what
    calls need, such as a key or a tool server. Warnings do not count.
    """
    from gateway.dialplan.commands import run_check
    from gateway.node import settings_check
    from gateway.node.settings_file import BadSettings
    from gateway.node.trunk_check import calling_policy
    from gateway.sip.trunk_keys import passed_headers
    from gateway.tools.listing import Listing, listing

    try:
        known = knowledge(settings_file, folder, given)
    except BadSettings as bad:
        finish((str(bad), 1))
    from gateway.rehearsal.reading import mistakes

    settings = known.settings
    found = settings_check.problems(settings, settings_file)
    found += asyncio.run(settings_check.unknown_hosts(settings, settings_file)) if settings.trunks else []
    plans = run_check(
        settings.dialplans,
        region=settings.region,
        providers=known.providers,
        tools=known.tools,
        agents=known.agents,
        secrets=secrets,
        trunks=passed_headers(settings.trunks),
    )
    wrong = any(problem.forbids for problem in found)
    log.configure("error")  # what a tool server says is in its problem
    servers = asyncio.run(listing(settings.dialplans, settings.region)) if secrets else Listing((), ())
    rehearsals = mistakes(settings.dialplans, known.providers)
    policy = calling_policy(settings)
    lines = [*map(str, (*found, *servers.problems, *rehearsals)), *servers.lines, *policy, plans.text]
    finish(("\n".join(lines), 1 if wrong or servers.problems or rehearsals else plans.code))
