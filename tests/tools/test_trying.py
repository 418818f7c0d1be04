"""Trying a function without a call."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from gateway.errors import BadInput
from gateway.tools.trying import try_tool
from tests.tools.test_modules import write

SHOP = '''
from gateway.tools import LiveCall


def greet(name: str, call: LiveCall) -> str:
    """Greet."""
    call.add_context(f"{name} is here")
    call.say("Welcome.")
    call.set_variable("name", name)
    call.hang_up()
    return f"hello from {call.caller}"


def breaks() -> None:
    """Break."""
    raise ValueError
'''


async def test_a_function_is_described(tmp_path: Path) -> None:
    """As a model gets it."""
    text, code = await try_tool(write(tmp_path, shop=SHOP), "shop:greet", None, "")
    assert code == 0
    assert orjson.loads(text)["parameters"]["required"] == ["name"]


async def test_what_a_function_does_is_told(tmp_path: Path) -> None:
    """What it orders, what it returns, what follows."""
    text, code = await try_tool(write(tmp_path, shop=SHOP), "shop:greet", '{"name": "Ann"}', "+1555")
    lines = text.splitlines()
    assert lines[0] == "tells the model: Ann is here"
    assert "Welcome." in lines[1]
    assert lines[2] == "sets {name} to 'Ann'"
    assert lines[3].startswith("hello from +1555  (")
    assert (lines[4], code) == ("then the call ends", 0)


async def test_where_a_call_would_go_is_told(tmp_path: Path) -> None:
    """One of the plans beside the function, and no other."""
    text = "def move(plan: str, call) -> str:\n    call.go_to(plan)\n    return 'moved'\n"
    (tmp_path / "sales.yaml").write_text("numbers: [100]\n")
    folder = write(tmp_path, shop=text)
    told, code = await try_tool(folder, "shop:move", '{"plan": "sales"}', "")
    assert (told.splitlines()[0], code) == ("the call goes on in sales", 0)
    told, code = await try_tool(folder, "shop:move", '{"plan": "nowhere"}', "")
    assert (told.split("  ")[0], code) == ('{"error":"ValueError"}', 1)


@pytest.mark.parametrize(("name", "arguments"), [("shop:breaks", "{}"), ("shop:greet", "{}")])
async def test_a_failure_is_an_exit_code(tmp_path: Path, name: str, arguments: str) -> None:
    """For scripts; the words are those that a model would get."""
    text, code = await try_tool(write(tmp_path, shop=SHOP), name, arguments, "")
    assert code == 1
    assert '"error"' in text


async def test_a_name_that_leads_nowhere(tmp_path: Path) -> None:
    """It is said what to write."""
    with pytest.raises(BadInput, match="MODULE:FUNCTION"):
        await try_tool(tmp_path, "greet", None, "")


async def test_the_built_in_ones_too(tmp_path: Path) -> None:
    """They are functions like any other."""
    text, code = await try_tool(tmp_path, "caller_number", "{}", "+1555")
    assert (text.split("  ")[0], code) == ("+1555", 0)
