"""Functions of a plan's author in real calls: they run, fail, hang and change, and the call goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.equipment import patience, ports, tone
from tests.equipment.functions import called, outcome
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

SHOP = '''
import time

from gateway.tools import LiveCall, tool


def price(item: str, count: int = 1) -> dict[str, object]:
    """Say what something costs."""
    return {"item": item, "cents": 250 * count}


def farewell(call: LiveCall) -> str:
    """Say goodbye."""
    call.add_context(f"{call.caller} has paid.")
    call.hang_up()
    return "goodbye"


def to_sales(name: str, call: LiveCall) -> str:
    """Connect with sales."""
    call.set_variable("customer", name)
    call.go_to("sales")
    return "You are being connected."


def breaks() -> None:
    """Break."""
    raise LookupError("the customer's secret")


@tool(timeout=0.2)
def hangs() -> None:
    """Never come back."""
    time.sleep(600)


def tells_much() -> str:
    """Tell more than anybody wants to know."""
    return "much " * 2_000_000


async def rude() -> None:
    """Raise what nobody catches."""
    raise BaseExceptionGroup("the end", [KeyboardInterrupt()])


@tool(timeout=0.5)
async def blocks() -> None:
    """Hold up its event loop."""
    time.sleep(4)


async def pieces() -> object:
    """Yield what there is."""
    yield b"tea"
    yield 2 ** 70


def to_desk(who: str, call: LiveCall) -> str:
    """Put the caller through to the desk."""
    call.transfer("desk", summary=who)
    return "noted"
'''
NAMES = (
    "price",
    "farewell",
    "to_sales",
    "breaks",
    "hangs",
    "tells_much",
    "rude",
    "blocks",
    "pieces",
    "to_desk",
)
BLOCKED_S = 4
RESULT = tone.sine(660, 300, rate=RATE, fade_ms=5)


@pytest.fixture
def desk_port() -> int:
    return ports.free_port()


@pytest.fixture
def shop(gateway_process: Callable[..., Gateway], tmp_path: Path, model: Model, desk_port: int) -> Gateway:
    """A gateway whose one plan has functions of its own."""
    plans = tmp_path / "plans"
    (plans / "tools").mkdir(parents=True)
    (plans / "tools" / "shop.py").write_text(SHOP)
    tools = [f"shop:{name}" for name in NAMES]
    plan = agent(
        "100",
        model.url,
        model="scripted",
        agent={"tools": tools},
        answer={"speaks_first": "caller"},
        targets={"desk": {"to": f"sip:200@127.0.0.1:{desk_port}"}},
    )
    (plans / "shop.yaml").write_text(json.dumps(plan))
    sales = agent(
        "200",
        model.url,
        model="scripted",
        agent={"instructions": "You sell. The customer is {customer}."},
        variables={"customer": "unknown"},
    )
    (plans / "sales.yaml").write_text(json.dumps(sales))
    return gateway_process({}, "--no-local", "--dialplans", str(plans))


async def talking(phone: Phone, model: Model, number: int = 1) -> tuple[Call, Session]:
    """Ring, and be answered by the model, which says nothing yet."""
    model.says = None
    call = phone.call("100")
    await call.answered()
    return call, await model.session(number)


async def result(session: Session, name: str, arguments: str = "{}") -> Any:
    """Have the model call a function, and return what it is told."""
    number = len(session.events("conversation.item.create")) + 1
    response = await session.start_response()
    where = {"response_id": response, "output_index": 0}
    item = {"id": f"fc_{number}", "type": "function_call", "call_id": f"c{number}", "name": name}
    await session.send("response.output_item.added", **where, item={**item, "arguments": ""})
    done = {"item_id": item["id"], "call_id": item["call_id"], "arguments": arguments}
    await session.send("response.function_call_arguments.done", **where, **done, name=name)
    await session.send("response.output_item.done", **where, item={**item, "arguments": arguments})
    await session.end_response(response)
    await session.until(lambda: [one for one in outputs(session) if one["call_id"] == item["call_id"]])
    return outputs(session)[-1]["output"]


def outputs(session: Session) -> list[dict[str, Any]]:
    """Return the results that the model was told."""
    items = [event["item"] for event in session.events("conversation.item.create")]
    return [item for item in items if item["type"] == "function_call_output"]


async def test_a_function_of_ones_own_is_offered_and_runs(shop: Gateway, pump: Pump, model: Model) -> None:
    """The model knows it by its name and arguments, is told its result, and speaks of it."""
    async with Phone(shop.sip, pump) as phone:
        call, session = await talking(phone, model)
        offered = session.events("session.update")[-1]["session"]["tools"]
        assert [one["name"] for one in offered] == list(NAMES)
        model.says = RESULT
        assert json.loads(await result(session, "price", '{"item": "tea", "count": 2}')) == {
            "item": "tea",
            "cents": 500,
        }
        await call.hears(lambda: tone.share(call.media.heard()[-1600:], 660) > 0.5, "what it says of it")
        wrong = json.loads(await result(session, "price", '{"item": 5, "more": 1}'))
        assert "item: Input should be a valid string" in wrong["error"]
        await call.hang_up()


async def test_failing_and_hanging_functions_leave_the_call_up(
    shop: Gateway, pump: Pump, model: Model
) -> None:
    """The model is told the kind of failure and no secret; the operator has the traceback."""
    async with Phone(shop.sip, pump) as phone:
        call, session = await talking(phone, model)
        assert json.loads(await result(session, "breaks")) == {"error": "LookupError"}
        line = await shop.said("tool.failed", tool="breaks")
        assert "shop.py" in str(line["exception"])
        assert json.loads(await result(session, "hangs")) == {"error": "no answer within 0.2 s"}
        await shop.said("tool.late", tool="hangs")
        assert not call.over
        await call.hang_up()
        await shop.said("call.ended", sip_call_id=call.call_id)


async def test_odd_functions_leave_the_call_up(shop: Gateway, pump: Pump, model: Model) -> None:
    """Whatever they raise or return, and while one holds up its event loop the agent is interrupted."""
    async with Phone(shop.sip, pump) as phone:
        call, session = await talking(phone, model)
        assert json.loads(await result(session, "rude")) == {"error": "RuntimeError"}
        assert json.loads(await result(session, "pieces")) == ["tea", 2**70]
        await session.respond(tone.sine(880, 5000, rate=RATE, fade_ms=5))
        await call.hears_sound()
        blocked = await called(session, "blocks")
        told = await session.caller_speaks()
        assert await call.hears_silence(200) - told < BLOCKED_S / 2 * 10**9
        assert await outcome(session, blocked) == {"error": "no answer within 0.5 s"}
        await call.hang_up()


async def test_a_function_that_tells_much(shop: Gateway, pump: Pump, model: Model) -> None:
    """The model is told its beginning, and the agent speaks of it as of any other."""
    async with Phone(shop.sip, pump) as phone:
        call, session = await talking(phone, model)
        model.says = RESULT
        told = await result(session, "tells_much")
        assert (told[:10], len(told)) == ("much much ", 16_000)
        await call.hears(lambda: tone.share(call.media.heard()[-1600:], 660) > 0.5, "what it says of it")
        await call.hang_up()


async def test_a_function_puts_the_caller_through(
    shop: Gateway, pump: Pump, model: Model, desk_port: int
) -> None:
    """Busy, they are with the agent again, who knows it; else they talk with the desk."""
    async with Phone(shop.sip, pump) as phone, Phone(shop.sip, pump, port=desk_port, user="desk") as desk:
        call, session = await talking(phone, model)
        await called(session, "to_desk", who="Ann")
        (await desk.incoming()).reject(486)
        told = {"result": "noted", "transferred": False, "why": "they are busy"}
        assert await outcome(session) == told
        await called(session, "to_desk", who="Ann")
        rung = await desk.incoming()
        await rung.accept()
        rung.media.say(tone.sine(900, 2000, fade_ms=5))
        await call.hears(lambda: tone.share(call.media.heard()[-1600:], 900) > 0.8, "the desk")
        await rung.hang_up()
        await call.ended()
        line = await shop.said("call.ended", sip_call_id=call.call_id)
        assert line["reason"] == "target_hung_up"


async def test_a_caller_need_not_wait_for_a_function(shop: Gateway, pump: Pump, model: Model) -> None:
    """Who hangs up while one runs is gone, and the process can be stopped."""
    async with Phone(shop.sip, pump) as phone:
        call, session = await talking(phone, model)
        response = await session.start_response()
        done = {"item_id": "fc_1", "call_id": "c1", "arguments": "{}", "name": "hangs"}
        where = {"response_id": response, "output_index": 0}
        item = {"id": "fc_1", "type": "function_call", "call_id": "c1", "name": "hangs", "arguments": "{}"}
        await session.send("response.output_item.added", **where, item=item)
        await session.send("response.function_call_arguments.done", **where, **done)
        await session.send("response.output_item.done", **where, item=item)
        await call.hang_up()
        line = await shop.said("call.ended", sip_call_id=call.call_id)
        assert (line["reason"], line["tools"]) == ("caller_hung_up", 1)
    assert shop.stop() == 0


async def test_a_function_ends_the_call(shop: Gateway, pump: Pump, model: Model) -> None:
    """After the agent's last words; what it added reached the model, and the log says who it was."""
    async with Phone(shop.sip, pump) as phone:
        call, session = await talking(phone, model)
        assert await result(session, "farewell") == "goodbye"
        assert (await call.ended()).method == "BYE"
        told = [event["item"] for event in session.events("conversation.item.create")]
        assert "phone has paid." in json.dumps(told)
        line = await shop.said("call.ended", sip_call_id=call.call_id)
        assert line["reason"] == "agent_hung_up"
        assert (await shop.said("call.ordered", order="AddText"))["by"] == "tool farewell"


async def test_a_function_moves_the_call_on(shop: Gateway, pump: Pump, model: Model) -> None:
    """What the agent is saying is heard to its end; the next agent knows what the function has set."""
    async with Phone(shop.sip, pump) as phone:
        call, session = await talking(phone, model)
        await session.respond(tone.sine(880, 800, rate=RATE, fade_ms=5))
        model.says = RESULT
        await result(session, "to_sales", '{"name": "Ann"}')
        newer = await model.session(2)
        await call.hears(lambda: tone.share(call.media.heard()[-1600:], 660) > 0.5, "the next agent")
        told = newer.events("session.update")[-1]["session"]["instructions"]
        assert told == "You sell. The customer is Ann."
        await call.listens(300)
        heard = [(round(one.frequency, -1), one.ms) for one in tone.tones(call.media.heard())]
        assert [frequency for frequency, _ms in heard[:2]] == [880, 660]
        assert heard[0][1] == pytest.approx(800, abs=100)
        assert (await shop.said("call.ordered", order="Onward to sales"))["by"] == "tool to_sales"
        await call.hang_up()
        line = await shop.said("call.ended", sip_call_id=call.call_id)
        assert (line["plan"], line["last_plan"]) == ("shop", "sales")


async def test_a_change_holds_from_the_next_call_on(
    shop: Gateway, pump: Pump, model: Model, tmp_path: Path
) -> None:
    """A call keeps the function that it began with; a mistake changes nothing."""
    file = tmp_path / "plans" / "tools" / "shop.py"
    async with Phone(shop.sip, pump) as phone:
        first, session = await talking(phone, model)
        file.write_text(SHOP.replace("250 * count", "300 * count"))
        await shop.said("dialplan.reloaded")
        second, newer = await talking(phone, model, 2)
        tea = '{"item": "tea"}'
        assert json.loads(await result(session, "price", tea))["cents"] == 250
        assert json.loads(await result(newer, "price", tea))["cents"] == 300
        file.write_text("def price(:\n")
        await shop.said("dialplan.not_reloaded")
        third, newest = await talking(phone, model, 3)
        async with patience.within(10):
            assert json.loads(await result(newest, "price", tea))["cents"] == 300
        for call in (first, second, third):
            await call.hang_up()
