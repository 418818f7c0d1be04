"""The functions with which an agent acts on its call: hold, transfer, digits, another plan.

Whom and where a model may send a caller is what the plan lists; it is told those names and no addresses.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Annotated, Literal

import orjson
from pydantic import Field

from gateway.call import SendDigits, ToolThen
from gateway.dialplan.model import TransferTarget
from gateway.errors import MediaError, OrderRefused
from gateway.tools.arguments import ModelArguments
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import Tool, ToolFault, ToolResult
from gateway.tools.signature import describe
from gateway.tools.transfers import put_through

LONGEST_S = 3600.0
"""Seconds: whoever was put through may come back after as long a talk."""

BETWEEN_S = 5.0
"""Seconds from one key to the next."""


def _transfer(facts: CallFacts) -> Tool:
    targets, attendant = facts.plan_targets, facts.attendant
    name: object = Literal[tuple(sorted(targets))] if targets else str
    digits_of = ", ".join(name for name, one in targets.items() if one.digits)

    async def transfer(target: str, digits: str = "", summary: str = "") -> ToolResult:
        return await put_through(attendant, target, digits, summary, "tool transfer")

    transfer.__doc__ = _transfer_words(targets)
    transfer.__annotations__ |= {
        "target": Annotated[name, "Whom to put the caller through to."],
        "digits": Annotated[str, f"What to dial; only for {digits_of}." if digits_of else "Leave empty."],
        "summary": Annotated[str, "One sentence for the person: who calls, and what about."],
    }
    return _tool(transfer)


def _transfer_words(targets: Mapping[str, TransferTarget]) -> str:
    told = "; ".join(f"{name}: {one.about}" for name, one in targets.items() if one.about)
    return (
        "Put the caller through to somebody else. Say first that you do; if it fails, you have them back."
        + (f" Targets: {told}" if told else "")
    )


def _hold(facts: CallFacts) -> Tool:
    attendant = facts.attendant

    async def hold(seconds: Annotated[int, Field(ge=1, le=300)] = 30) -> str:
        """Put the caller on hold, with music, for so many seconds; say first that you do.

        Args:
            seconds: How long, 1 to 300; then you have them back.

        """
        if attendant is None:
            return '{"ok":true}'
        await attendant.hold("tool hold")
        await attendant.held_for(seconds)
        return '{"ok":true,"note":"The caller is back."}'

    return _tool(hold)


def _send_digits(facts: CallFacts) -> Tool:
    def send_digits(digits: str) -> str:
        """Press keys of the telephone in this call, as for a machine at the other end.

        Args:
            digits: 0-9, * and #, one after another.

        """
        if facts.handle is not None:
            facts.handle.order(SendDigits(digits), "tool send_digits")
        return '{"ok":true}'

    return _tool(send_digits)


def _collect_digits(facts: CallFacts) -> Tool:
    attendant = facts.attendant

    async def collect_digits(
        count: Annotated[int, Field(ge=1, le=32)] = 32,
        terminator: Literal["#", "*", ""] = "#",
        seconds: Annotated[int, Field(ge=1, le=60)] = 10,
    ) -> ToolResult:
        """Wait for digits that the caller keys in, such as a customer number or a PIN. Ask for them first.

        Args:
            count: How many at most.
            terminator: The key that ends them; empty: none does.
            seconds: How long to wait for the first one.

        """
        if attendant is None:
            return ToolResult('{"digits":""}', ToolThen.SPEAK)
        keys = await attendant.collect(count, terminator, float(seconds), BETWEEN_S)
        return ToolResult(orjson.dumps({"digits": keys}).decode(), ToolThen.SPEAK, secret=True)

    return _tool(collect_digits)


def _leave_message(facts: CallFacts) -> Tool:
    attendant = facts.attendant

    async def leave_message() -> str:
        """Let the caller leave a message after a beep; say first that they may, and that # ends it."""
        seconds = 0.0 if attendant is None else await attendant.take_message("tool leave_message")
        return orjson.dumps({"left": seconds > 0, "seconds": round(seconds)}).decode()

    return _tool(leave_message)


def _machine_answered(facts: CallFacts) -> Tool:
    answering = facts.answering

    def machine_answered() -> ToolResult:
        """Call this, and say nothing, as soon as you hear that a machine has answered the call that you make.

        That is a recorded greeting, a menu, or a mailbox that asks to leave a message; not somebody who is
        brief.
        """
        if answering is not None:
            answering.machine_answered()
        elif facts.handle is not None:
            raise ToolFault("whoever is on the line called here: it is no machine")
        return ToolResult('{"ok":true}', ToolThen.WAIT)

    return _tool(machine_answered)


def _goto(facts: CallFacts) -> Tool:
    plans = facts.agent.goto

    def goto(plan: str) -> ToolResult:
        """Let the call go on in another plan. Say first what will happen; it goes on when that was heard."""
        if facts.handle is not None:
            facts.handle.onward(plan, "tool goto", at_once=False)
        return ToolResult('{"ok":true}', ToolThen.MOVE_ON)

    goto.__annotations__["plan"] = Annotated[
        Literal[tuple(sorted(plans))] if plans else str, "Where it goes on."
    ]
    return _tool(goto)


TELEPHONY: Mapping[str, Callable[[CallFacts], Tool]] = {
    "transfer": _transfer,
    "hold": _hold,
    "send_digits": _send_digits,
    "collect_digits": _collect_digits,
    "leave_message": _leave_message,
    "machine_answered": _machine_answered,
    "goto": _goto,
}
"""What makes each of them for a call, by the name that a plan uses."""


def _tool(function: Callable[..., object]) -> Tool:
    """Make a tool that says itself how long it takes; described anew, for plans differ in whom they list."""
    description, arguments = describe(_refusable(function), function.__name__)
    return Tool(function.__name__, description, ModelArguments(arguments), _refusable(function), LONGEST_S)


def _refusable(function: Callable[..., object]) -> Callable[..., object]:
    """Let the model be told why something is refused."""

    @wraps(function)
    async def run(**arguments: object) -> object:
        try:
            result = function(**arguments)
            return await result if isinstance(result, Awaitable) else result
        except OrderRefused as refused:
            raise ToolFault(refused.why) from None
        except MediaError:
            raise ToolFault("it cannot be recorded here") from None

    return run
