"""The built-in tools."""

from datetime import UTC, datetime

import pytest

from gateway.call import CallInfo, CallTool, Party, ToolThen
from gateway.errors import BadInput
from gateway.tools.builtin import NAMES, toolbox

INFO = CallInfo("c1", "x@y", caller=Party("+15551230001"), called=Party("100"))
BOX = toolbox(NAMES, INFO, lambda: datetime(2026, 11, 22, 9, 30, tzinfo=UTC))


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


def test_a_plan_gets_the_tools_that_it_names() -> None:
    """And no others."""
    assert [tool["name"] for tool in toolbox(["hang_up"], INFO, lambda: datetime.now(UTC)).describe()] == [
        "hang_up"
    ]


def test_a_tool_that_is_not_there_is_named() -> None:
    """A look-up may have set it: its call fails with words, and nothing breaks."""
    with pytest.raises(BadInput, match=r"tools.*nope.*use one of: hang_up"):
        toolbox(["hang_up", "nope"], INFO, lambda: datetime.now(UTC))
