"""`gateway token`: who may ask the control API."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import SettingsFile
from gateway.node import settings as config

if TYPE_CHECKING:
    from gateway.node.api_settings import ApiSettings
    from gateway.node.api_tokens import TokenFile

app = typer.Typer(help="Who may ask the control API: make, list and revoke tokens.", no_args_is_help=True)

File = Annotated[
    Path | None,
    typer.Option("--tokens", metavar="FILE", help="The tokens.", show_default="`api.tokens` of the settings"),
]
Name = Annotated[str, typer.Argument(help="Whose it is: orders are logged under this name.")]


@app.command()
def new(
    name: Name,
    *,
    role: Annotated[
        str,
        typer.Option(
            metavar="ROLE",
            help="read: see calls and what is said in them. operate: also speak into them, move and end them."
            " admin: also reload, drain, change the log level.",
        ),
    ] = "read",
    tokens: File = None,
    settings_file: SettingsFile = None,
) -> None:
    """Make a token and print it. It is shown this once: what is kept only proves it."""
    from gateway.errors import BadInput
    from gateway.node.api_tokens import ROLES

    if role not in ROLES:
        raise BadInput("command line", "--role", role, f"one of {', '.join(ROLES)}")
    sys.stdout.write(_file(tokens, settings_file).add(name, ROLES[role]) + "\n")


@app.command("list")
def list_tokens(*, tokens: File = None, settings_file: SettingsFile = None) -> None:
    """List whose tokens there are, with their roles."""
    for one in _file(tokens, settings_file).read().tokens:
        sys.stdout.write(f"{one.name:<40} {one.role.word:<8} {one.made}\n")


@app.command()
def revoke(name: Name, *, tokens: File = None, settings_file: SettingsFile = None) -> None:
    """Make a token worthless at once."""
    _file(tokens, settings_file).revoke(name)


@app.command()
def link(*, tokens: File = None, settings_file: SettingsFile = None) -> None:
    """Print an address that lets a browser in once, within ten minutes, with all that there is to be done."""
    listen = _api(settings_file).listen
    sys.stdout.write(f"http://{listen}/enter?code={_file(tokens, settings_file).add_code()}\n")


def _file(tokens: Path | None, settings_file: Path | None) -> TokenFile:
    from gateway.node.api_tokens import TokenFile

    return TokenFile(tokens or _api(settings_file).tokens)


def _api(settings_file: Path | None) -> ApiSettings:
    from gateway.node.api_settings import ApiSettings

    return config.load(settings_file).api or ApiSettings()
