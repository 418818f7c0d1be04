"""What is nobody's but the model's and the far side's, as everybody else is told of it."""

from __future__ import annotations

from dataclasses import replace

from gateway.call.facts import Fact, ToolReturned
from gateway.call.orders import Order, SubmitToolResult

MASKED = "\N{BULLET}"
"""Stands for a key that was pressed in confidence."""
MASKED_OUTPUT = '{"masked":true}'
"""Stands for what a function has returned in confidence."""

MAY_BE_SECRET = frozenset((ToolReturned, SubmitToolResult))
"""What is to be `shown`, and not told as it is."""


def shown(event: Fact | Order) -> Fact | Order:
    """Return a fact or an order as those are told who listen to a call, log it and keep records of it."""
    if isinstance(event, ToolReturned | SubmitToolResult) and event.secret:
        return replace(event, output=MASKED_OUTPUT)
    return event
