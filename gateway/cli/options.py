"""Options drawn from the settings, so that help, environment, `gateway.yaml` and defaults say the same.

A command names the settings that it takes as options, and is given those that were really used. What a
setting means, which type it has and what holds without it is told by its class alone.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from gateway.attribute_docs import described
from gateway.node.addresses import address as read_address
from gateway.node.settings import Settings

LEVELS = "debug, info, warning or error."

SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings as KEY: VALUE lines (sip: 0.0.0.0:5060). Options and environment come first.",
        show_default="gateway.yaml in the working directory, if it is there",
    ),
]
LogLevel = Annotated[
    str,
    typer.Option(
        help=f"The least important lines that are logged. {LEVELS}",
        envvar="GATEWAY_LOG_LEVEL",
        metavar="LEVEL",
    ),
]


@dataclass(frozen=True, slots=True)
class Shown:
    """How an option looks on the command line; the rest is its setting's own."""

    metavar: str | None = None
    """What it takes, in the user's words; None for a switch."""
    panel: str | None = None
    """Its group in the help."""
    names: str | None = None
    """Where `--its-name` does not do: `--local/--no-local`."""
    least: float | None = None
    """What the command line itself refuses to go below."""
    variable: str | None = None
    """The environment variable that the command line reads; those of `Settings` are read with them."""


def takes(settings: type[object], **options: Shown) -> Callable[[Any], Callable[..., None]]:
    """Give a command these settings as options, and call it with those that were used: `**given`.

    They stand where the command has its `*`: after its positional parameters, before its keywords.
    """
    drawn = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[_fields(settings)[name].annotation | None, option(settings, name, shown)],  # type: ignore[operator]
        )
        for name, shown in options.items()
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def called(**values: Any) -> None:
            unused = {name for name in options if values[name] is None}
            command(**{name: value for name, value in values.items() if name not in unused})

        own = inspect.signature(command, eval_str=True).parameters.values()
        before = [one for one in own if one.kind is one.POSITIONAL_OR_KEYWORD]
        after = [one for one in own if one.kind is one.KEYWORD_ONLY]
        all_of_them = (*before, *drawn, *after)
        called.__signature__ = inspect.Signature(all_of_them)  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in all_of_them}
        return called

    return decorate


def option(settings: type[object], name: str, shown: Shown) -> Any:
    """Return typer's option for a setting: not given it is None, and environment, file or default count."""
    told = [_about(settings, name), _default(settings, name)]
    if shown.variable is None and issubclass(settings, BaseSettings):
        told.insert(1, f"[env var: {variable(name)}]")
    return typer.Option(
        *filter(None, (shown.names,)),
        help=" ".join(filter(None, told)),
        rich_help_panel=shown.panel,
        metavar=shown.metavar,
        min=shown.least,
        envvar=shown.variable,
        show_default=False,
    )


def listed(names: Iterable[str]) -> str:
    """Describe settings that have no option, in Markdown, for the end of a help text."""
    lines = (
        " ".join(filter(None, (f"`{variable(name)}`:", _about(Settings, name), _default(Settings, name))))
        for name in names
    )
    return "\n\n".join(lines)


def reference() -> str:
    """Return all settings as a table in Markdown: key, default, meaning."""
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {about.replace('|', chr(92) + '|')} |"
        for name in Settings.model_fields
        for default, about in ((_plain(Settings, name), _about(Settings, name)),)
    ]
    return "\n".join(("| key | default | meaning |", "|---|---|---|", *rows))


def variable(name: str) -> str:
    """Name the environment variable of a setting."""
    return f"{Settings.model_config['env_prefix']}{name}".upper()


def address(text: str) -> tuple[str, int]:
    """Read the HOST:PORT of an option. Raises typer.BadParameter with the cure."""
    try:
        return read_address(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _fields(settings: type[object]) -> dict[str, FieldInfo]:
    """The fields of a pydantic model or dataclass."""
    fields: dict[str, FieldInfo] = settings.__pydantic_fields__  # type: ignore[attr-defined]
    return fields


def _about(settings: type[object], name: str) -> str:
    return " ".join((_fields(settings)[name].description or described(settings, name)).split())


def _default(settings: type[object], name: str) -> str:
    default = _plain(settings, name)
    return f"[default: {default}]" if default else ""


def _plain(settings: type[object], name: str) -> str:
    """Return a default as a person would write it; "" where there is none, or a whole mapping."""
    value = _fields(settings)[name].default
    if isinstance(value, bool):
        return ("off", "on")[value]
    return str(value) if isinstance(value, str | int | float | Path) else ""
