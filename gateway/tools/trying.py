"""A function tried without a call: what it is for a model, or what it returns; what it orders is printed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import orjson

from gateway.call import AddText, CallInfo, CallTool, Party, Respond, SendDigits, SessionOrder, ToolThen
from gateway.dialplan import Agent
from gateway.errors import BadInput
from gateway.tools.catalog import ToolCatalog
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import Toolbox


async def try_tool(folder: Path, name: str, arguments: str | None, caller: str) -> tuple[str, int]:
    """Return what to print and an exit code: 1 if the function failed.

    Without `arguments` (JSON) it is only described. Raises BadInput for a name that leads to no function.
    """
    catalog = ToolCatalog(folder)
    if fault := catalog.fault(name):
        raise BadInput("command line", "NAME", name, fault)
    printed = Printed()
    info = CallInfo("try", "try", caller=Party(caller), called=Party(""))
    plans = [file.stem for file in folder.glob("*.y*ml")]  # noqa: ASYNC240 - nobody else waits
    facts = CallFacts(info, "", plans=plans, handle=printed, agent=Agent(tools=(name,)))
    async with catalog.opened(facts) as box:
        return await _tried(box, arguments, printed)


async def _tried(box: Toolbox, arguments: str | None, printed: Printed) -> tuple[str, int]:
    (described,) = box.describe()
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
