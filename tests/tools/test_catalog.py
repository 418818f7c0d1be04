"""The functions of a snapshot of plans: found, described, run for a call."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from gateway.call import CallInfo, CallTool, Party, ToolReturned, ToolThen, TransferOutcome
from gateway.dialplan import Agent
from gateway.dialplan.model import TransferTarget
from gateway.errors import BadInput
from gateway.tools.builtin import BUILT_IN
from gateway.tools.catalog import ToolCatalog
from gateway.tools.live_call import CallFacts
from gateway.tools.python_function import FunctionPlaces
from gateway.tools.threads import Threads
from gateway.tools.trying import Printed
from tests.equipment import patience
from tests.tools.test_modules import write
from tests.tools.test_telephony import Desk

INFO = CallInfo("c1", "x@y", caller=Party("+15551230001"), called=Party("100"))

SHOP = '''
"""Functions of a shop."""

import asyncio
import threading
import time

from gateway.tools import LiveCall, Then, tool


def moves(plan: str) -> Then:
    """Go on elsewhere."""
    return Then(go_to=plan)


def price(item: str, count: int = 1) -> dict[str, object]:
    """Say what something costs.

    Args:
        item: what is asked for
        count: how many
    """
    return {"item": item, "cents": 250 * count, "thread": threading.current_thread().name}


async def stock(item: str) -> int:
    """Say how many there are."""
    await asyncio.sleep(0)
    return len(item)


def who(call: LiveCall) -> str:
    """Say who calls."""
    return f"{call.caller} at {call.called}"


async def leave(call: LiveCall) -> None:
    """End the call."""
    call.add_context("bye")
    call.hang_up()


def move(call: LiveCall) -> str:
    """Move the call on."""
    call.set_variable("customer", "7")
    call.go_to("sales")
    return "moved"


def desk(call: LiveCall) -> str:
    """Put the caller through."""
    call.transfer("desk", summary="Ann")
    return "paid"


@tool(timeout=0.05)
def sleeps() -> None:
    """Take too long, in a thread."""
    time.sleep(1)


@tool(timeout=0.05)
async def waits() -> None:
    """Take too long."""
    await asyncio.sleep(60)


@tool(timeout=0.05)
async def clings() -> None:
    """Take no notice of being cancelled."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(0.5)


async def quits() -> None:
    """Try to end the process, on its event loop."""
    raise SystemExit(1)


async def gives_up() -> None:
    """Cancel nothing but itself."""
    raise asyncio.CancelledError


def late() -> None:
    """Meet a time-out of its own."""
    raise TimeoutError("the shop's server")


def breaks() -> str:
    """Break."""
    return {}["secret"]


def leaves() -> None:
    """Try to end the process."""
    raise SystemExit(1)


def odd() -> str:
    """Return what is no UTF-8, as the names of files may be."""
    return "a" + chr(0xD800) + "b"


class Picky:
    """A type that breaks where it checks."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> object:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda value: {}[value],
            json_schema_input_schema=core_schema.str_schema(),
            serialization=core_schema.to_string_ser_schema(),
        )


def picky(a: Picky) -> None:
    """Take what cannot be had."""


def strange() -> object:
    """Return what is no JSON."""
    value: list[object] = []
    value.append(value)
    return value


def huge() -> str:
    """Return a lot."""
    return "x" * 10_000_000


def mixed() -> object:
    """Return what JSON has no words for."""
    return {1: {2}, "at": __import__("datetime").date(2026, 1, 2)}
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of plans with functions of its own."""
    return write(tmp_path, shop=SHOP)


def with_tools(*names: str) -> Agent:
    """Return an agent that may call these."""
    return Agent(tools=names)


def catalog_of(folder: Path, *names: str, places: FunctionPlaces | None = None) -> ToolCatalog:
    """Load functions as a check does."""
    catalog = ToolCatalog(folder, places)
    assert [catalog.fault(f"shop:{name}") for name in names] == [""] * len(names)
    return catalog


async def called(
    folder: Path, name: str, arguments: str = "{}", handle: Printed | None = None
) -> ToolReturned:
    """Call one."""
    facts = CallFacts(INFO, "plan", plans=("sales",), handle=handle, agent=with_tools(f"shop:{name}"))
    box = catalog_of(folder, name).toolbox(facts)
    async with patience.within(10):
        return await box.call(CallTool("t", name, arguments))


async def test_a_function_is_described_by_hints_and_docstring(folder: Path) -> None:
    """The model knows it by its own name."""
    box = catalog_of(folder, "price").toolbox(CallFacts(INFO, "", agent=with_tools("shop:price")))
    (told,) = box.describe()
    assert (told["name"], told["description"]) == ("price", "Say what something costs.")
    assert told["parameters"]["properties"]["item"]["description"] == "what is asked for"
    assert told["parameters"]["required"] == ["item"]


async def test_functions_run_and_return(folder: Path) -> None:
    """A plain one in a thread, so that no other call waits for it; an async one on the loop."""
    told = orjson.loads((await called(folder, "price", '{"item": "tea", "count": 2}')).output)
    assert told == {"item": "tea", "cents": 500, "thread": "tool"}
    assert (await called(folder, "stock", '{"item": "tea"}')).output == "3"
    assert (await called(folder, "who")).output == "+15551230001 at 100"


async def test_a_function_may_return_what_follows(folder: Path) -> None:
    """Another plan, or the end; one that is not there is a failure."""
    handle = Printed()
    returned = await called(folder, "moves", '{"plan": "sales"}', handle)
    assert (returned.output, returned.then) == ('{"ok":true}', ToolThen.MOVE_ON)
    assert handle.lines == ["the call goes on in sales"]
    assert (await called(folder, "moves", '{"plan": "nowhere"}')).output == '{"error":"ValueError"}'


async def test_a_function_can_end_the_call(folder: Path) -> None:
    """After the agent's last words; what it ordered before is ordered by its name."""
    handle = Printed()
    returned = await called(folder, "leave", "{}", handle)
    assert (returned.output, returned.then) == ("null", ToolThen.HANG_UP)
    await asyncio.sleep(0)
    assert handle.lines == ["tells the model: bye"]


async def test_a_function_can_move_the_call_on(folder: Path) -> None:
    """When it has returned, with what it has set before."""
    handle = Printed()
    returned = await called(folder, "move", "{}", handle)
    assert (returned.output, returned.then) == ("moved", ToolThen.MOVE_ON)
    assert handle.lines == ["sets {customer} to '7'", "the call goes on in sales"]


async def test_a_function_can_put_the_caller_through(folder: Path) -> None:
    """For as long as that takes; the model is told the function's result, and what came of it."""
    there = Desk()
    there.outcome = TransferOutcome.BUSY
    facts = CallFacts(
        INFO,
        "plan",
        agent=with_tools("shop:desk"),
        attendant=there,
        plan_targets={"desk": TransferTarget(to="sip:200@pbx")},
    )
    box = catalog_of(folder, "desk").toolbox(facts)
    returned = await box.call(CallTool("t", "desk", "{}"))
    told = {"result": "paid", "transferred": False, "why": "they are busy"}
    assert (orjson.loads(returned.output), returned.then) == (told, ToolThen.SPEAK)
    assert there.asked == [("transfer", "desk", "", "Ann", "tool desk")]
    there.refusal = "it was tried often enough in this call"
    refused = await box.call(CallTool("t", "desk", "{}"))
    assert "often enough" in orjson.loads(refused.output)["error"]


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("price", "{}", "item: Field required"),
        ("price", '{"item": "tea", "count": "many"}', "count: Input should be a valid integer"),
        ("sleeps", "{}", "no answer within 0.05 s"),
        ("waits", "{}", "no answer within 0.05 s"),
        ("clings", "{}", "no answer within 0.05 s"),
        ("quits", "{}", "RuntimeError"),
        ("gives_up", "{}", "CancelledByItself"),
        ("late", "{}", "TimeoutError"),
        ("breaks", "{}", "KeyError"),
        ("leaves", "{}", "RuntimeError"),
        ("strange", "{}", "ValueError"),
        ("picky", '{"a": "x"}', "KeyError"),
    ],
)
async def test_every_failure_is_a_value(folder: Path, name: str, arguments: str, error: str) -> None:
    """The model is told in a word what went wrong, the operator with the traceback; the call goes on."""
    with capture_logs() as lines:
        returned = await called(folder, name, arguments)
    assert error in orjson.loads(returned.output)["error"]
    assert returned.then is ToolThen.SPEAK
    if "within" in error:
        assert [line["event"] for line in lines] == ["tool.late"]
    elif name != "price":
        assert [(line["event"], line["tool"], line["exc_info"]) for line in lines] == [
            ("tool.failed", name, True)
        ]


async def test_results_are_bounded_and_plain(folder: Path) -> None:
    """A model's memory is not filled by one answer; what JSON does not know becomes text."""
    assert len((await called(folder, "huge")).output) == 16_000
    assert (await called(folder, "odd")).output == "a?b"
    assert orjson.loads((await called(folder, "mixed")).output) == {"1": [2], "at": "2026-01-02"}


async def test_functions_that_hang_do_not_take_all_threads(folder: Path) -> None:
    """One more is told so at once; its call goes on."""
    catalog = catalog_of(folder, "price", places=FunctionPlaces(threads := Threads(1)))
    go = threading.Event()
    box = catalog.toolbox(CallFacts(INFO, "", agent=with_tools("shop:price")))
    async with patience.within(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(threads.run(go.wait))
        await asyncio.sleep(0)
        returned = await box.call(CallTool("t", "price", '{"item": "tea"}'))
        go.set()
    assert orjson.loads(returned.output) == {"error": "AllBusy"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hang_up", ""),
        ("shop:price", ""),
        ("hangup", r"unknown tool; did you mean 'hang_up'\?, or MODULE:FUNCTION"),
        ("shop:prize", "shop has no 'prize'"),
        ("nowhere:look", "no module 'nowhere'"),
    ],
)
def test_what_a_plan_may_name(folder: Path, name: str, told: str) -> None:
    """What is wrong with a name is said with the cure; asked again, the same."""
    catalog = ToolCatalog(folder)
    for _ in range(2):
        fault = catalog.fault(name)
        assert bool(fault) is bool(told)
        assert told.partition("(")[0].split("\\")[0] in fault


def test_two_functions_of_one_name(folder: Path) -> None:
    """A model could not tell them apart."""
    catalog = ToolCatalog(folder)
    assert catalog.clash(["hang_up", "shop:hang_up"]) == "hang_up"
    assert catalog.clash(["hang_up", "shop:price", "current_time"]) == ""


def test_what_no_plan_names_cannot_be_had(folder: Path) -> None:
    """A look-up may choose among what plans name; it does not reach into the machine."""
    catalog = catalog_of(folder, "price")
    for name in ("os:getcwd", "shop:stock", "nope"):
        with pytest.raises(BadInput, match=r"use one of: hang_up, .*, goto, .*, shop:price"):
            catalog.toolbox(CallFacts(INFO, "", agent=with_tools(name)))


async def test_a_plan_gets_the_tools_that_it_names() -> None:
    """And no others; the built-in ones need no folder."""
    box = ToolCatalog().toolbox(CallFacts(INFO, "", agent=with_tools(*BUILT_IN)))
    assert tuple(tool["name"] for tool in box.describe()) == tuple(BUILT_IN)


def test_functions_are_shown_as_people_would_call_them(folder: Path) -> None:
    """Name, arguments, and what they do."""
    assert catalog_of(folder, "price", "who").shown() == (
        "shop:price(item: string, count: integer = 1)  Say what something costs.",
        "shop:who()  Say who calls.",
    )
