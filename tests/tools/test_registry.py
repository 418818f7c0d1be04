"""Tools: described by their hints, called with a bound, failing as values."""

import asyncio

import orjson

from gateway.call import CallTool, ToolThen
from gateway.tools.registry import Tool, Toolbox


async def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


async def sleep_long() -> None:
    """Never come back."""
    await asyncio.Event().wait()


def explode() -> str:
    """Fail."""
    raise RuntimeError("secret detail")


BOX = Toolbox([Tool.of(add), Tool.of(sleep_long, timeout=0.01), Tool.of(explode, then=ToolThen.WAIT)])


def adder(start: int, step: int = 1) -> Tool:
    """Make a tool that remembers something, as tools of a call do."""

    def more(times: int = step) -> int:
        """Add some more."""
        return start + times

    return Tool.of(more)


def test_a_function_made_anew_for_each_call_is_described_once() -> None:
    """The model of its arguments is shared, the function is the call's own; other defaults, another model."""
    first, second, other = adder(1), adder(2), adder(1, step=5)
    assert first.arguments is second.arguments
    assert (first.run(1), second.run(1)) == (2, 3)
    assert other.arguments is not first.arguments
    assert other.describe()["parameters"]["properties"]["times"]["default"] == 5


async def error_of(name: str, arguments: str = "{}") -> str:
    returned = await BOX.call(CallTool("c", name, arguments))
    return str(orjson.loads(returned.output)["error"])


def test_a_function_is_described_by_its_hints() -> None:
    """Name, docstring and annotations become the definition the model sees."""
    described = BOX.describe()[0]
    assert described["name"] == "add"
    assert described["description"] == "Add two numbers."
    assert described["parameters"]["required"] == ["a"]
    assert described["parameters"]["properties"]["b"]["default"] == 1
    assert described["parameters"]["additionalProperties"] is False


async def test_a_call_returns_its_result() -> None:
    """Arguments are JSON; the result is text."""
    assert (await BOX.call(CallTool("c", "add", '{"a": 2, "b": 3}'))).output == "5"


async def test_no_arguments_at_all_are_an_empty_object() -> None:
    """Some models send an empty string."""
    assert "a" in await error_of("add", "")


async def test_every_failure_is_a_value_that_the_model_can_speak_of() -> None:
    """Unknown names, wrong arguments, slow and broken tools do not end the call."""
    assert "no function" in await error_of("missing")
    assert "a" in await error_of("add", '{"a": "x"}')
    assert "wrong" in await error_of("add", "not json")
    assert "0.01 s" in await error_of("sleep_long")


async def test_the_details_of_a_crash_stay_inside() -> None:
    """The model, and so the caller, learns the kind of error alone."""
    assert await error_of("explode") == "RuntimeError"
