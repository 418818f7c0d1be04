"""A function of the plans' author in Python, as a tool of one call: run where it can hold up nobody."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gateway.call import ToolThen
from gateway.errors import OrderRefused
from gateway.tools.arguments import ModelArguments
from gateway.tools.decorator import timeout_of
from gateway.tools.function_loop import FunctionLoop
from gateway.tools.live_call import CallFacts, LiveCall
from gateway.tools.registry import TIMEOUT_S, Tool, ToolFault, ToolResult
from gateway.tools.result_text import LONGEST_OUTPUT, as_text
from gateway.tools.signature import describe, takes_call
from gateway.tools.then import carried_out
from gateway.tools.threads import Threads
from gateway.tools.transfers import put_through


@dataclass(frozen=True, slots=True)
class FunctionPlaces:
    """Where functions run, none of them on the gateway's own event loop."""

    threads: Threads = field(default_factory=Threads)
    """Those that are not async."""
    loop: FunctionLoop = field(default_factory=FunctionLoop)
    """Those that are."""


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """Loaded and described; `name` is the one by which plans and models know it."""

    name: str
    function: Callable[..., Any]
    description: str
    arguments: ModelArguments
    timeout: float

    @classmethod
    def of(cls, name: str, function: Callable[..., Any]) -> PythonFunction:
        """Describe a function. Raises BadFunction."""
        description, arguments = describe(function, name)
        return cls(name, function, description, ModelArguments(arguments), timeout_of(function, TIMEOUT_S))

    def for_call(self, facts: CallFacts, places: FunctionPlaces) -> Tool:
        """Return it as a tool of one call."""

        async def run(**arguments: Any) -> ToolResult:
            call = LiveCall(facts, self.name)
            if takes_call(self.function):
                arguments["call"] = call
            text = await self._told(partial(self.function, **arguments), call, places)
            if call.transfers is None:
                return ToolResult(text, call.returned())
            return ToolResult(text, ToolThen.WAIT, goes_on=partial(_transferred, facts, call, text))

        return Tool(self.name, self.description, self.arguments, run, self.timeout)

    async def _told(self, bound: Callable[[], Any], call: LiveCall, places: FunctionPlaces) -> str:
        """Run it, and return what the model is told."""

        def told(output: object) -> str:
            return as_text(carried_out(output, call))

        async def awaited(output: object) -> str:
            if isinstance(output, AsyncIterator):
                return told(await _collected(output))
            return told(await output if isinstance(output, Awaitable) else output)

        async def begun() -> str:
            return await awaited(bound())

        def in_thread() -> object:
            output = bound()
            return output if isinstance(output, Awaitable | AsyncIterator) else told(output)

        if _is_async(self.function):
            return await places.loop.run(self.name, begun)
        output = await places.threads.run(in_thread)
        if isinstance(output, str):
            return output
        return await places.loop.run(self.name, partial(awaited, output))


def _is_async(function: Callable[..., Any]) -> bool:
    own = inspect.unwrap(function)
    return inspect.iscoroutinefunction(own) or inspect.isasyncgenfunction(own)


async def _collected(pieces: AsyncIterator[Any]) -> list[Any]:
    found: list[Any] = []
    async for one in pieces:
        found.append(one)
        if len(found) == LONGEST_OUTPUT:
            break
    return found


async def _transferred(facts: CallFacts, call: LiveCall, text: str) -> ToolResult:
    """Put the caller through, as the function has asked for. Raises ToolFault."""
    assert call.transfers is not None
    try:
        return await put_through(facts.attendant, *call.transfers, call.by, {"result": text})
    except OrderRefused as refused:
        raise ToolFault(refused.why) from None
