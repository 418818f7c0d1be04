"""Tools: a Python function, described to the model by its hints, called with its time-out, never raising.

A failing tool is a value: the model is told what went wrong and can say so; the call goes on.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

from gateway.call import CallTool, ToolReturned, ToolThen
from gateway.errors import GatewayError
from gateway.tasks import within
from gateway.tools.abandon import plain
from gateway.tools.arguments import Arguments, ModelArguments, WrongArguments
from gateway.tools.result_text import LONGEST_OUTPUT, as_text
from gateway.tools.signature import describe

log = structlog.get_logger(__name__)

TIMEOUT_S = 5.0
"""Seconds that a function may take, where it says nothing of it."""


class ToolFault(GatewayError):
    """A function cannot give a result; the message is for the model, and for the log."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a function returns that decides itself what follows; `text` is for the model."""

    text: str
    then: ToolThen
    secret: bool = False
    """For the model alone: no log and no record tells it."""
    goes_on: Callable[[], Awaitable[ToolResult]] | None = None
    """What is yet to be done, beyond the function's own time; its result is what counts then."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call. `timeout` in seconds; `then` says what follows a result.

    `asks`: what the caller is asked before it is run with these arguments, and has to say yes to.
    """

    name: str
    description: str
    arguments: Arguments
    run: Callable[..., Any]
    timeout: float = TIMEOUT_S
    then: ToolThen = ToolThen.SPEAK
    asks: Callable[[Mapping[str, Any]], str] | None = None

    @classmethod
    def of(
        cls, function: Callable[..., Any], *, timeout: float = TIMEOUT_S, then: ToolThen = ToolThen.SPEAK
    ) -> Tool:
        """Make a tool of one of our own functions, plain or async; name and docstring describe it."""
        description, arguments = _described(_Signature(function))
        return cls(function.__name__, description, arguments, function, timeout, then)

    def describe(self) -> dict[str, Any]:
        """The function definition of `session.tools`."""
        return {
            "type": "function",
            "name": self.name,
            "description": self.description,
            "parameters": self.arguments.schema(),
        }


class _Signature:
    """A function as far as its arguments go: one made anew for each call, of the same code, is the same."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        code, defaults = getattr(function, "__code__", function), getattr(function, "__defaults__", None)
        self._key = (code, repr(defaults))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Signature) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@functools.lru_cache(maxsize=256)
def _described(signature: _Signature) -> tuple[str, ModelArguments]:
    """Cached: a class takes a millisecond, and calls are many."""
    description, model = describe(signature.function, signature.function.__name__)
    return description, ModelArguments(model)


Ask = Callable[[str, str], Awaitable[bool]]
"""Asks the caller: takes the id of the function's call and a question, returns whether they said yes."""


async def nobody(_call_id: str, _question: str) -> bool:
    """Ask nobody: nothing is done that has to be agreed to."""
    return False


class Toolbox:
    """The tools of one call."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def describe(self) -> tuple[dict[str, Any], ...]:
        """All function definitions, for `session.tools`."""
        return tuple(tool.describe() for tool in self._tools.values())

    async def call(self, order: CallTool, ask: Ask = nobody) -> ToolReturned:
        """Run a tool; whatever goes wrong becomes the output. Raises nothing but cancellation."""
        tool = self._tools.get(order.name)
        if tool is None:
            return _failed(order, f"there is no function {order.name!r}")
        try:
            arguments = tool.arguments.read(order.arguments)
        except WrongArguments as error:
            return _failed(order, str(error))
        except BaseException as error:  # a type of somebody's own, which checks what it is given
            if isinstance(error, asyncio.CancelledError):
                raise
            log.warning("tool.failed", tool=order.name, exc_info=True)
            return _failed(order, type(plain(error)).__name__)
        if tool.asks is not None and not await ask(order.call_id, tool.asks(arguments)):
            log.info("tool.refused", tool=order.name)
            return _failed(order, "the caller was asked and did not agree: it was not done")
        return await _run(tool, order, arguments)


async def _run(tool: Tool, order: CallTool, arguments: dict[str, Any]) -> ToolReturned:
    limit = within(tool.timeout)
    try:
        async with limit:
            output = tool.run(**arguments)
            if isinstance(output, Awaitable):
                output = await output
        result = output if isinstance(output, ToolResult) else ToolResult(as_text(output), tool.then)
        if result.goes_on is not None:
            result = await result.goes_on()
    except ToolFault as fault:
        log.warning("tool.failed", tool=order.name, why=str(fault))
        return _failed(order, str(fault))
    except Exception as error:  # a tool is somebody else's code
        if isinstance(error, TimeoutError) and limit.expired:
            log.warning("tool.late", tool=order.name, seconds=tool.timeout)
            return _failed(order, f"no answer within {tool.timeout:g} s")
        log.warning("tool.failed", tool=order.name, exc_info=True)
        return _failed(order, type(error).__name__)
    return ToolReturned(order.call_id, result.text[:LONGEST_OUTPUT], result.then, secret=result.secret)


def _failed(order: CallTool, why: str) -> ToolReturned:
    return ToolReturned(order.call_id, orjson.dumps({"error": why}).decode())
