"""A result that moves the call on: JSON of a server with `"goto": "PLAN"`, if the plan allows it."""

from __future__ import annotations

from collections.abc import Collection

from gateway.call import ToolThen
from gateway.errors import OrderRefused
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import ToolFault


def onward(data: object, allowed: Collection[str], facts: CallFacts, by: str) -> ToolThen:
    """Have the call go on in the plan that a result names, and return what follows. Raises ToolFault.

    `allowed`: the plans to which it may; empty: "goto" is a word like any other.
    """
    target = data.get("goto") if isinstance(data, dict) else None
    if target is None or not allowed:
        return ToolThen.SPEAK
    if not isinstance(target, str) or target not in allowed:
        raise ToolFault(f"the answer names the plan {target!r}, which is not among the function's plans")
    if facts.handle is None:
        return ToolThen.MOVE_ON
    try:
        facts.handle.onward(target, by, at_once=False)
    except OrderRefused as refused:
        raise ToolFault(refused.why) from None
    return ToolThen.MOVE_ON
