"""`gateway doctor`: what is wrong with this machine, and what to do about it."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import SettingsFile

if TYPE_CHECKING:
    from gateway.doctor.finding import Finding


def doctor(
    *,
    settings_file: SettingsFile = None,
    online: Annotated[
        bool,
        typer.Option(
            "--online/--offline", help="Whether each provider is really connected to.", show_default=False
        ),
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="A JSON object a line.")] = False,
) -> None:
    """Look at settings, plans, ports, files, machine and models as calls will meet them; say what cures what.

    Nothing is changed. Exit code 1: something is wrong; what is only worth a look does not count.
    """
    findings = asyncio.run(_examined(settings_file, online=online, json=json))
    bad = sum(one.grade.value == "wrong" for one in findings)
    if not json:
        looks = sum(one.grade.value == "look" for one in findings)
        sys.stdout.write(f"{bad} wrong, {looks} worth a look, {len(findings) - bad - looks} ok\n")
    raise SystemExit(1 if bad else 0)


async def _examined(settings_file: Path | None, *, online: bool, json: bool) -> list[Finding]:
    from gateway.doctor.examination import examine

    findings = []
    async for one in examine(settings_file, online=online):
        findings.append(one)
        _print(one, json=json)
    return findings


def _print(one: Finding, *, json: bool) -> None:
    if json:
        import orjson

        told = {"what": one.what, "grade": one.grade.value, "found": one.found, "cure": one.cure}
        sys.stdout.write(orjson.dumps(told).decode() + "\n")
        return
    sys.stdout.write(f"{one.grade.value:<6} {one.what:<18} {one.found}\n")
    if one.cure:
        sys.stdout.write(f"{'':<25} -> {one.cure}\n")
    sys.stdout.flush()
