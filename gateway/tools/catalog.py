"""All functions that the plans of a moment may name: the built-in ones, and those of the plans' author.

A catalog is made with a snapshot of plans, and loads what those name: a look-up may later choose among these,
and can name nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gateway.dialplan.problems import did_you_mean
from gateway.errors import BadInput, GatewayError
from gateway.tools import builtin
from gateway.tools.abandon import abandonable
from gateway.tools.decorator import timeout_of
from gateway.tools.live_call import CallFacts, LiveCall
from gateway.tools.modules import Modules
from gateway.tools.registry import TIMEOUT_S, Tool, Toolbox, ToolResult, as_text
from gateway.tools.signature import describe, schema_of, takes_call
from gateway.tools.threads import Threads


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A function of the plans' author, loaded and described."""

    function: Callable[..., Any]
    description: str
    arguments: type[BaseModel]
    timeout: float

    def for_call(self, facts: CallFacts, threads: Threads) -> Tool:
        """Return it as a tool of one call."""

        async def run(**arguments: Any) -> ToolResult:
            call = LiveCall(facts, self.function.__name__)
            if takes_call(self.function):
                arguments["call"] = call
            bound = partial(self.function, **arguments)
            if inspect.iscoroutinefunction(inspect.unwrap(self.function)):
                text = as_text(await abandonable(bound()))
            else:
                text = await threads.run(lambda: as_text(bound()))
            return ToolResult(text, call.returned())

        return Tool(self.function.__name__, self.description, self.arguments, run, self.timeout)


class ToolCatalog:
    """Used by one snapshot of plans; `folder` is theirs, None for the built-in functions alone."""

    def __init__(self, folder: Path | None = None, threads: Threads | None = None) -> None:
        self._modules = Modules(folder)
        self._threads = threads or Threads()
        self._loaded: dict[str, PythonFunction] = {}
        self._faults: dict[str, str] = {}

    def fault(self, name: str) -> str:
        """Return why a plan cannot name this function, and what to do; "" if it can. Loads the function."""
        if name in builtin.NAMES or name in self._loaded:
            return ""
        if ":" not in name:
            return (
                f"unknown tool; {did_you_mean(name, builtin.NAMES)}, or MODULE:FUNCTION for one of your own"
            )
        if name not in self._faults:
            try:
                function = self._modules.function(name)
                description, arguments = describe(function)
            except GatewayError as error:
                self._faults[name] = str(error)
                return str(error)
            timeout = timeout_of(function, TIMEOUT_S)
            self._loaded[name] = PythonFunction(function, description, arguments, timeout)
            return ""
        return self._faults[name]

    def clash(self, names: Iterable[str]) -> str:
        """Return a name that two functions of one agent would have for the model; "" if there is none."""
        seen: set[str] = set()
        for name in names:
            short = name.rpartition(":")[2]
            if short in seen:
                return short
            seen.add(short)
        return ""

    def toolbox(self, names: Iterable[str], facts: CallFacts, clock: Callable[[], datetime]) -> Toolbox:
        """Return the named functions for one call; `clock` gives the local time of the plan's place.

        Raises BadInput for one that no plan names: a plan was checked, but not what a look-up has set.
        """
        own = builtin.tools(facts.info, clock)
        return Toolbox(self._tool(name, own, facts) for name in names)

    def _tool(self, name: str, own: dict[str, Callable[[], Tool]], facts: CallFacts) -> Tool:
        if name in own:
            return own[name]()
        if name in self._loaded:
            return self._loaded[name].for_call(facts, self._threads)
        known = (*own, *self._loaded)
        raise BadInput("agent", "tools", name, f"use one of: {', '.join(known)}")

    def shown(self) -> tuple[str, ...]:
        """Return a line for each function that was loaded: its name, its arguments, what it does."""
        return tuple(_shown(name, one) for name, one in sorted(self._loaded.items()))


def _shown(name: str, one: PythonFunction) -> str:
    schema = schema_of(one.arguments)
    required = schema.get("required", ())
    parts = [
        f"{key}: {about.get('type', 'any')}" + ("" if key in required else f" = {about.get('default')!r}")
        for key, about in schema.get("properties", {}).items()
    ]
    does = one.description.partition("\n")[0] or "no docstring: the model is not told what it does"
    return f"{name}({', '.join(parts)})  {does}"
