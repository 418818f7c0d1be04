"""A function tried without a call: what it is for a model, or what it returns; what it orders is printed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import orjson

from gateway.call import AddText, CallInfo, CallTool, Party, Respond, SendDigits, SessionOrder, ToolThen
from gateway.dialplan import Agent, load
from gateway.dialplan.problems import did_you_mean
from gateway.dialplan.variables import values
from gateway.errors import BadInput
from gateway.http_client import HttpClient
from gateway.tools.builtin import BUILT_IN
from gateway.tools.catalog import ToolCatalog
from gateway.tools.listing import ANSWER_WITHIN, functions_of
from gateway.tools.live_call import CallFacts
from gateway.tools.mcp.servers import McpServers
from gateway.tools.registry import Toolbox


async def try_tool(
    folder: Path, name: str, arguments: str | None, caller: str, region: str | None = None
) -> tuple[str, int]:
    """Return what to print and an exit code: 1 if the function failed.

    Without `arguments` (JSON) it is only described. Raises BadInput for a name that leads to no function.
    """
    printed = Printed()
    info = CallInfo("try", "try", caller=Party(caller), called=Party(""))
    async with HttpClient() as http, McpServers(http) as servers:
        catalog = ToolCatalog(folder, http=http, mcp=servers)
        facts = _on_a_server(folder, name, info, region)
        if facts is None:
            if fault := catalog.fault(name):
                raise BadInput("command line", "NAME", name, fault)
            plans = [file.stem for file in folder.glob("*.y*ml")]  # noqa: ASYNC240 - nobody else waits
            facts = CallFacts(info, "", plans=plans, agent=Agent(tools=(name,)))
        async with catalog.opened(replace(facts, handle=printed), ANSWER_WITHIN) as box:
            return await _tried(box, name, arguments, printed)


def _on_a_server(folder: Path, name: str, info: CallInfo, region: str | None) -> CallFacts | None:
    """Return a call whose agent has the function of this name on a server; None if no plan has."""
    if ":" in name or name in BUILT_IN:
        return None
    plans = load(folder, region=region)
    for plan, agent in functions_of(plans):
        label = name.partition("__")[0]
        if name in agent.webhooks:
            one = Agent(webhooks={name: agent.webhooks[name]})
        elif "__" in name and label in agent.mcp:
            one = Agent(mcp={label: agent.mcp[label]})
        else:
            continue
        known = values(plan, info, datetime.now(UTC), {}, region)
        filled: Callable[[], dict[str, str]] = partial(
            dict, {key: value.text for key, value in known.items()}
        )
        return CallFacts(info, plan.name, plans=plans.plans, agent=one, values=filled)
    return None


async def _tried(box: Toolbox, name: str, arguments: str | None, printed: Printed) -> tuple[str, int]:
    offered = {one["name"]: one for one in box.describe()}
    described = offered.get(name.rpartition(":")[2])
    if described is None:
        raise BadInput(
            "command line", "NAME", name, f"there is no such function; {did_you_mean(name, offered)}"
        )
    if arguments is None:
        return orjson.dumps(described, option=orjson.OPT_INDENT_2).decode(), 0
    began = time.monotonic()
    returned = await box.call(CallTool("try", described["name"], arguments), printed.ask)
    await asyncio.sleep(0)  # what it ordered last
    lines = printed.lines
    lines.append(f"{returned.output}  ({(time.monotonic() - began) * 1000:.0f} ms)")
    if returned.then is ToolThen.HANG_UP:
        lines.append("then the call ends")
    return "\n".join(lines), int(_is_error(returned.output))


class Printed:
    """A call that there is not: what is ordered of it is told in words."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def order(self, order: SessionOrder | SendDigits, _by: str) -> None:
        """See `CallHandle`."""
        match order:
            case AddText(text=text):
                self.lines.append(f"tells the model: {text}")
            case Respond(instructions):
                self.lines.append(f"asks the model to speak: {instructions}")
            case _:
                self.lines.append(f"orders: {type(order).__name__}")

    def onward(self, plan: str, _by: str, *, at_once: bool) -> None:
        """See `CallHandle`."""
        self.lines.append(f"the call goes on in {plan}{', at once' if at_once else ''}")

    async def ask(self, _call_id: str, question: str) -> bool:
        """Take it that the caller agrees."""
        self.lines.append(f"asks the caller: {question}")
        return True

    def set_variable(self, name: str, value: str) -> None:
        """See `CallHandle`."""
        self.lines.append(f"sets {{{name}}} to {value!r}")


def _is_error(output: str) -> bool:
    try:
        told = orjson.loads(output)
    except orjson.JSONDecodeError:
        return False
    return isinstance(told, dict) and told.keys() == {"error"}
