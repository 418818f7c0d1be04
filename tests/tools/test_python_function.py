"""Functions of a plan's author, whatever they are and do; what they order of calls is in test_catalog."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.call import CallTool
from gateway.dialplan import Agent
from gateway.tools.catalog import ToolCatalog
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import Toolbox
from tests.equipment import patience
from tests.tools.test_catalog import INFO
from tests.tools.test_modules import write

ODD = '''
import asyncio, functools, sys, time
from gateway.tools import tool


class Weird(BaseException):
    def __str__(self):
        raise ValueError("no words")
    __repr__ = __str__


def pieces(many: int):
    for number in range(many):
        yield number

async def async_pieces(many: int):
    for number in range(many):
        await asyncio.sleep(0)
        yield number

async def no_end():
    while True:
        yield "x"

def late_coroutine(a: int):
    async def later():
        await asyncio.sleep(0)
        return {"a": a}
    return later()

def weird():
    raise Weird

async def async_weird():
    raise Weird

async def text_that_breaks():
    class Broken:
        def __str__(self):
            raise Weird
    return Broken()

@tool(timeout=0.3)
async def blocks():
    time.sleep(1.2)

async def quick():
    return "quick"

def prints():
    print("a line of its own")
    print("and an error", file=sys.stderr)
    return input("name? ")

def plainly(function):
    def inner(a: int):
        """Do it."""
        return function(a)
    return inner

@plainly
def twice(a: int):
    return 2 * a

@plainly
def thrice(a: int):
    return 3 * a

@functools.lru_cache
def cached(a: int) -> int:
    """Remember."""
    return a + 1

def keyed():
    return {("a", 1): 2 ** 70, "b": b"text"}
'''


def box_of(folder: Path, *names: str) -> Toolbox:
    """Return these functions as one call's."""
    wanted = [f"odd:{name}" for name in names]
    catalog = ToolCatalog(write(folder, odd=ODD))
    assert [catalog.fault(name) for name in wanted] == [""] * len(wanted)
    return catalog.toolbox(CallFacts(INFO, "plan", agent=Agent(tools=tuple(wanted))))


async def told(box: Toolbox, name: str, **arguments: Any) -> str:
    """Call one and return what the model is told."""
    async with patience.within(10):
        return (await box.call(CallTool("t", name, orjson.dumps(arguments).decode()))).output


@pytest.mark.parametrize(
    ("name", "arguments", "output"),
    [
        ("pieces", {"many": 3}, "[0,1,2]"),
        ("async_pieces", {"many": 3}, "[0,1,2]"),
        ("late_coroutine", {"a": 5}, '{"a":5}'),
        ("weird", {}, '{"error":"RuntimeError"}'),
        ("async_weird", {}, '{"error":"RuntimeError"}'),
        ("text_that_breaks", {}, '{"error":"RuntimeError"}'),
        ("prints", {}, '{"error":"EOFError"}'),
        ("cached", {"a": 1}, "2"),
        ("keyed", {}, '{"(\'a\', 1)":1180591620717411303424,"b":"text"}'),
    ],
)
async def test_whatever_it_is_the_model_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, arguments: dict[str, int], output: str
) -> None:
    """What yields is a list, what is awaited is its result, and nothing ends whoever called."""
    monkeypatch.setattr("builtins.input", lambda _prompt: (_ for _ in ()).throw(EOFError))
    assert await told(box_of(tmp_path, name), name, **arguments) == output


async def test_what_yields_without_end_is_cut(tmp_path: Path) -> None:
    """As any result that is too long."""
    assert len(await told(box_of(tmp_path, "no_end"), "no_end")) == 16_000


async def test_functions_are_known_by_the_name_in_the_plan(tmp_path: Path) -> None:
    """Also behind a decorator that does not tell whom it wraps: two of them are two functions."""
    box = box_of(tmp_path, "twice", "thrice")
    assert [one["name"] for one in box.describe()] == ["twice", "thrice"]
    assert (await told(box, "twice", a=2), await told(box, "thrice", a=2)) == ("4", "6")


async def test_an_async_function_that_blocks_does_not_block_calls(tmp_path: Path) -> None:
    """Its own time is over all the same; ours goes on, and another function runs."""
    box = box_of(tmp_path, "blocks", "quick")
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)

    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch())
        assert await told(box, "blocks") == '{"error":"no answer within 0.3 s"}'
        assert await told(box, "quick") == "quick"
        watching.cancel()
    assert longest < 1.0
