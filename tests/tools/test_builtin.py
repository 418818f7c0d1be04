"""The built-in tools."""

from datetime import UTC, datetime

from gateway.call import CallInfo, CallTool, Party, ToolThen
from gateway.tools.builtin import BUILT_IN
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import Toolbox

INFO = CallInfo("c1", "x@y", caller=Party("+15551230001"), called=Party("100"))
FACTS = CallFacts(INFO, "", clock=lambda: datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
BOX = Toolbox(make(FACTS) for make in BUILT_IN.values())


def test_all_are_named() -> None:
    """The model knows each by the name that a plan uses."""
    assert [one["name"] for one in BOX.describe()] == list(BUILT_IN)


async def test_the_time_is_told_with_its_date() -> None:
    """In words that can be spoken."""
    returned = await BOX.call(CallTool("c", "current_time", "{}"))
    assert returned.output == "Sunday, 22 November 2026, 09:30 UTC"


async def test_the_callers_number_is_known() -> None:
    """As the network says."""
    assert (await BOX.call(CallTool("c", "caller_number", "{}"))).output == "+15551230001"


async def test_hanging_up_ends_the_call_afterwards() -> None:
    """The tool only says so; the conversation ends the call when all was heard."""
    assert (await BOX.call(CallTool("c", "hang_up", "{}"))).then is ToolThen.HANG_UP
