"""Tools: a Python function, described to the model by its hints, called with its time-out, never raising.

A failing tool is a value: the model is told what went wrong and can say so; the call goes on.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_type_hints

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from gateway.call import CallTool, ToolReturned, ToolThen
from gateway.tasks import within

log = structlog.get_logger(__name__)

LONGEST_OUTPUT = 16_000
"""Characters of a result handed to the model; the rest would only push the conversation out of its memory."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call. `timeout` in seconds; `then` says what follows a result."""

    name: str
    description: str
    arguments: type[BaseModel]
    run: Callable[..., Any]
    timeout: float = 5.0
    then: ToolThen = ToolThen.SPEAK

    @classmethod
    def of(
        cls, function: Callable[..., Any], *, timeout: float = 5.0, then: ToolThen = ToolThen.SPEAK
    ) -> Tool:
        """Make a tool of an annotated function, plain or async; name and docstring describe it."""
        arguments = _arguments(_Signature(function))
        return cls(function.__name__, inspect.getdoc(function) or "", arguments, function, timeout, then)

    def describe(self) -> dict[str, Any]:
        """The function definition of `session.tools`."""
        schema = self.arguments.model_json_schema()
        parameters = {key: value for key, value in schema.items() if key != "title"}
        return {
            "type": "function",
            "name": self.name,
            "description": self.description,
            "parameters": parameters,
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
def _arguments(signature: _Signature) -> type[BaseModel]:
    """Make the model of a function's arguments. Cached: a class takes a millisecond, and calls are many."""
    function = signature.function
    hints = get_type_hints(function)
    fields: dict[str, Any] = {
        name: (hints[name], ... if parameter.default is parameter.empty else parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
    }
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)


class Toolbox:
    """The tools of one call."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def describe(self) -> tuple[dict[str, Any], ...]:
        """All function definitions, for `session.tools`."""
        return tuple(tool.describe() for tool in self._tools.values())

    async def call(self, order: CallTool) -> ToolReturned:
        """Run a tool; whatever goes wrong becomes the output. Raises nothing but cancellation."""
        tool = self._tools.get(order.name)
        if tool is None:
            return _failed(order, f"there is no function {order.name!r}")
        try:
            arguments = tool.arguments.model_validate_json(order.arguments or "{}", strict=False)
            async with within(tool.timeout):
                output = tool.run(**dict(arguments))
                if isinstance(output, Awaitable):
                    output = await output
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            return _failed(order, f"wrong arguments: {problems}")
        except TimeoutError:
            return _failed(order, f"no answer within {tool.timeout:g} s")
        except Exception as error:  # noqa: BLE001 - a tool is somebody else's code
            log.warning("tool.failed", tool=order.name, error=repr(error))
            return _failed(order, type(error).__name__)
        text = output if isinstance(output, str) else orjson.dumps(output, default=str).decode()
        return ToolReturned(order.call_id, text[:LONGEST_OUTPUT], tool.then)


def _failed(order: CallTool, why: str) -> ToolReturned:
    return ToolReturned(order.call_id, orjson.dumps({"error": why}).decode())
