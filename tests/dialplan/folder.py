"""Folders of plans and calls to them, as short as a test needs them."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from gateway.call import CallInfo, Party
from gateway.dialplan import Dialplan, LoadReport, NoPlan, check, load

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SUNDAY_NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROVIDERS = {"local": ["heart"], "openai": ["marin", "cedar"], "own": None}


class Tools:
    """One function, which a plan may name; keeps the contract of `ToolNames`."""

    def __init__(self, _folder: Path) -> None:
        pass

    def fault(self, name: str) -> str:
        return "" if name in ("hang_up", "own:hang_up") else "unknown tool; use one of: hang_up"

    def clash(self, names: Iterable[str]) -> str:
        return "hang_up" if {"hang_up", "own:hang_up"} <= set(names) else ""

    def shown(self) -> tuple[str, ...]:
        return ("own:hang_up()  End the call.",)


def write(folder: Path, **files: str) -> Path:
    """Write plans, each by its name; `_` in a name stands for `-`."""
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text)
    return folder


def loaded(folder: Path, **files: str) -> Dialplan:
    """Write plans and load them."""
    return load(write(folder, **files))


def checked(folder: Path, **files: str) -> LoadReport:
    """Write plans and check them against a small world."""
    return check(write(folder, **files), providers=PROVIDERS, tools=Tools)


def found(folder: Path, **files: str) -> list[str]:
    """Write plans and list what is wrong with them, each without its folder."""
    return [str(problem).removeprefix(f"{folder}/") for problem in checked(folder, **files).problems]


def call(
    called: str = "+15551230001",
    caller: str = "+15559990001",
    *,
    name: str = "",
    to: str = "",
    **headers: str,
) -> CallInfo:
    """Describe an incoming call; `x_campaign` is the header X-Campaign."""
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return CallInfo("c1", "sip-1", Party(caller, "", name), Party(called), Party(to), headers=given)


def chosen(dialplan: Dialplan, info: CallInfo, now: datetime = MONDAY_NOON) -> str:
    """Name the plan that a call gets, `404` if none."""
    routed = dialplan.route(info, now)
    return "404" if isinstance(routed, NoPlan) else routed.plan.name


def sound(file: Path, *, width: int = 2, frames: int = 80) -> Path:
    """Write a WAV file of silence."""
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(width)
        out.setframerate(8000)
        out.writeframes(bytes(width * frames))
    return file
