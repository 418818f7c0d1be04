"""The tools that every plan may name. Each is made for one call, of what is known of that call.

Add one here: a function that takes `CallFacts` and returns its `Tool`, under its name in `BUILT_IN`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.call import ToolThen
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import Tool
from gateway.tools.telephony import TELEPHONY


def _hang_up(_facts: CallFacts) -> Tool:
    def hang_up() -> str:
        """End the phone call. Say goodbye first; the call ends when your words have been heard."""
        return '{"ok":true}'

    return Tool.of(hang_up, then=ToolThen.HANG_UP)


def _current_time(facts: CallFacts) -> Tool:
    def current_time() -> str:
        """The date and the time of day at the called place."""
        return facts.clock().strftime("%A, %d %B %Y, %H:%M %Z").strip()

    return Tool.of(current_time)


def _caller_number(facts: CallFacts) -> Tool:
    def caller_number() -> str:
        """The number the call comes from, as the network says; it may be withheld or forged."""
        return facts.info.caller.shown or "withheld"

    return Tool.of(caller_number)


BUILT_IN: Mapping[str, Callable[[CallFacts], Tool]] = {
    "hang_up": _hang_up,
    "current_time": _current_time,
    "caller_number": _caller_number,
    **TELEPHONY,
}
"""What makes each of them for a call, by the name that a plan uses."""
