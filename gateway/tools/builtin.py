"""The tools that every plan may name. Each is made for one call, of what is known of that call.

Add one here: a function that takes `CallFacts` and returns its `Tool`, under its name in `BUILT_IN`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.call import ToolThen
from gateway.errors import OrderRefused
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


def _start_recording(facts: CallFacts) -> Tool:
    def start_recording() -> str:
        """Begin to record the call. Only after the caller has clearly said yes to being recorded."""
        able = facts.recording is not None and facts.recording.start("spoken")
        return '{"ok":true}' if able else '{"error":"this call cannot be recorded"}'

    return Tool.of(start_recording)


def _pause_recording(facts: CallFacts) -> Tool:
    def pause_recording() -> str:
        """Stop recording before the caller says something secret, such as the number of a card."""
        return _switch(facts, on=False)

    return Tool.of(pause_recording)


def _resume_recording(facts: CallFacts) -> Tool:
    def resume_recording() -> str:
        """Go on recording when the secret is over."""
        return _switch(facts, on=True)

    return Tool.of(resume_recording)


def _switch(facts: CallFacts, *, on: bool) -> str:
    try:
        if facts.recording is not None:
            facts.recording.switch(on, "agent")
            return '{"ok":true}'
    except OrderRefused:
        pass
    return '{"ok":true,"note":"this call is not recorded"}'


BUILT_IN: Mapping[str, Callable[[CallFacts], Tool]] = {
    "hang_up": _hang_up,
    "current_time": _current_time,
    "caller_number": _caller_number,
    **TELEPHONY,
    "start_recording": _start_recording,
    "pause_recording": _pause_recording,
    "resume_recording": _resume_recording,
}
"""What makes each of them for a call, by the name that a plan uses."""
