"""`gateway edge`: what a Kamailio before the gateways has to know."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import SettingsFile
from gateway.node import settings as config


def edge(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to, such as /etc/gateway-edge.")],
    *,
    settings_file: SettingsFile = None,
) -> None:
    """Write the list of gateways and the addresses for a Kamailio before them, out of the settings.

    The routing itself is deploy/kamailio/kamailio.cfg: copy it there once, and start `kamailio -f
    FOLDER/edge.cfg`. After a change of the list: `kamcmd dispatcher.reload`.
    """
    from gateway.errors import BadInput
    from gateway.node.edge_files import GATEWAYS, MAIN, MEDIA, ROUTES, TLS, edge_files
    from gateway.node.edge_settings import EdgeSettings

    settings = config.load(settings_file)
    own = settings.edge or EdgeSettings()
    _checked(settings.model_copy(update={"edge": own}), settings_file)
    texts = edge_files(settings, own, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        for name in {TLS, MEDIA} - texts.keys():
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise BadInput("command line", "FOLDER", str(folder), error.strerror or str(error)) from None
    count = settings.workers_count
    workers = f"{count} worker{'s' if count > 1 else ''} of this machine"
    typer.echo(f"{folder / MAIN}\n{folder / GATEWAYS}: {workers}")
    if MEDIA in texts:
        typer.echo(f"{folder / MEDIA}: rtpengine --config-file={folder / MEDIA}")
    if not (folder / ROUTES).exists():
        typer.echo(f"copy deploy/kamailio/{ROUTES} there, too", err=True)


def _checked(settings: config.Settings, settings_file: Path | None) -> None:
    """Say what is worth a look of the edge. Raises BadSettings for what cannot be used."""
    from gateway.node.settings_check import problems
    from gateway.node.settings_file import BadSettings

    found = [one for one in problems(settings, settings_file) if one.key.partition(".")[0] == "edge"]
    if any(one.forbids for one in found):
        raise BadSettings(found)
    for one in found:
        typer.echo(str(one), err=True)
