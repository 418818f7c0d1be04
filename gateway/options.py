"""Options drawn from the settings, so that help, environment and `gateway.yaml` say the same.

A help text is the setting's own description, with the variable that sets it, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from gateway.node.settings import Settings


def setting(name: str, *names: str, panel: str, metavar: str | None = None, more: str = "") -> Any:
    """Return the option for a setting: not given, it is None, and environment, file or default count.

    `names` are its own where the setting's does not do (`--local/--no-local`); `panel` is its group; `more`
    follows the description.
    """
    return typer.Option(
        *names,
        help=" ".join(filter(None, (_about(name), more, f"[env var: {variable(name)}]", _default(name)))),
        rich_help_panel=panel,
        metavar=metavar,
        show_default=False,
    )


def listed(names: Iterable[str]) -> str:
    """Describe settings that have no option, in Markdown, for the end of a help text."""
    lines = (" ".join(filter(None, (f"`{variable(name)}`:", _about(name), _default(name)))) for name in names)
    return "\n\n".join(lines)


def reference() -> str:
    """Return all settings as a table in Markdown: key, default, meaning."""
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {_about(name).replace('|', chr(92) + '|')} |"
        for name in Settings.model_fields
        for default in (_plain(name),)
    ]
    return "\n".join(("| key | default | meaning |", "|---|---|---|", *rows))


def variable(name: str) -> str:
    """Name the environment variable of a setting."""
    return f"{Settings.model_config['env_prefix']}{name}".upper()


def _about(name: str) -> str:
    return " ".join((Settings.model_fields[name].description or "").split())


def _default(name: str) -> str:
    default = _plain(name)
    return f"[default: {default}]" if default else ""


def _plain(name: str) -> str:
    """Return a default as a person would write it; "" where there is none, or a whole mapping."""
    value = Settings.model_fields[name].default
    if isinstance(value, bool):
        return ("off", "on")[value]
    return str(value) if isinstance(value, str | int | float | Path) else ""
