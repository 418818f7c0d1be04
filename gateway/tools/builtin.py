"""The tools that every plan may name: harmless ones, and hanging up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from gateway.call import CallInfo, ToolThen
from gateway.errors import BadInput
from gateway.tools.registry import Tool, Toolbox


def toolbox(names: Iterable[str], info: CallInfo, clock: Callable[[], datetime]) -> Toolbox:
    """The named tools for one call; `clock` gives the local time of the plan's place.

    Raises BadInput for a name that `NAMES` does not hold: a plan was checked, but not what a look-up has set.
    """

    def hang_up() -> str:
        """End the phone call. Say goodbye first; the call ends when your words have been heard."""
        return '{"ok":true}'

    def current_time() -> str:
        """The date and the time of day at the called place."""
        return clock().strftime("%A, %d %B %Y, %H:%M %Z").strip()

    def caller_number() -> str:
        """The number the call comes from, as the network says; it may be withheld or forged."""
        return info.caller.shown or "withheld"

    makers = {
        "hang_up": lambda: Tool.of(hang_up, then=ToolThen.HANG_UP),
        "current_time": lambda: Tool.of(current_time),
        "caller_number": lambda: Tool.of(caller_number),
    }
    named = tuple(names)
    if unknown := [name for name in named if name not in makers]:
        raise BadInput("agent", "tools", unknown[0], f"use one of: {', '.join(NAMES)}")
    return Toolbox(makers[name]() for name in named)


NAMES = ("hang_up", "current_time", "caller_number")
"""All tools that a plan may name."""
