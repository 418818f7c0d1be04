"""The tools that every plan may name: harmless ones, and hanging up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.call import CallInfo, ToolThen
from gateway.tools.registry import Tool


def tools(info: CallInfo, clock: Callable[[], datetime]) -> dict[str, Callable[[], Tool]]:
    """Return what makes each of them for one call; `clock` gives the local time of the plan's place."""

    def hang_up() -> str:
        """End the phone call. Say goodbye first; the call ends when your words have been heard."""
        return '{"ok":true}'

    def current_time() -> str:
        """The date and the time of day at the called place."""
        return clock().strftime("%A, %d %B %Y, %H:%M %Z").strip()

    def caller_number() -> str:
        """The number the call comes from, as the network says; it may be withheld or forged."""
        return info.caller.shown or "withheld"

    return {
        "hang_up": lambda: Tool.of(hang_up, then=ToolThen.HANG_UP),
        "current_time": lambda: Tool.of(current_time),
        "caller_number": lambda: Tool.of(caller_number),
    }


NAMES = ("hang_up", "current_time", "caller_number")
"""All tools that a plan may name."""
