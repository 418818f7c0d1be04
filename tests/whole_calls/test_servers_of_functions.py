"""Functions on servers in real calls: requests and tool servers, slow, lost, refused, and late."""

from __future__ import annotations

import json
import sys
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.equipment import patience, tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.web_server import Answered, WebServer, web_server
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.tools.mcp.tool_servers import http_server
from tests.whole_calls.test_tools import outputs, result, talking

PROGRAM = Path(__file__).parents[1] / "equipment" / "tool_server.py"
FILLER_HZ, AGENT_HZ = 880, 660
ANSWER = tone.sine(AGENT_HZ, 300, rate=RATE, fade_ms=5)


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    """Somebody's server."""
    async with web_server() as server:
        yield server


@pytest.fixture
def gateway(gateway_process: Callable[..., Gateway], tmp_path: Path, model: Model, web: WebServer) -> Gateway:
    """A gateway whose agent has functions on two servers, and a sound for the time that they take."""
    plans = tmp_path / "plans"
    plans.mkdir()
    with wave.open(str(plans / "filler.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(tone.sine(FILLER_HZ, 400, rate=RATE, fade_ms=5).tobytes())
    hook = {"description": "Ask.", "url": f"{web.url}/ask", "plans": ["sales"], "timeout": "20s"}
    calendar = {"command": [sys.executable, str(PROGRAM)], "approval": {"book": "Book {day}?"}}
    plan = agent(
        "100",
        model.url,
        model="scripted",
        agent={"webhooks": {"ask": hook}, "mcp": {"calendar": calendar}},
        answer={"speaks_first": "caller"},
        on_tool={"filler_after": "400ms", "play": "filler.wav"},
    )
    (plans / "desk.yaml").write_text(json.dumps(plan))
    sales = agent("200", model.url, model="scripted", answer={"speaks_first": "caller"})
    (plans / "sales.yaml").write_text(json.dumps(sales))
    return gateway_process({}, "--no-local", "--dialplans", str(plans))


async def calls(session: Session, name: str, arguments: str = "{}") -> None:
    """Have the model call a function, and end its response."""
    response = await session.start_response()
    where = {"response_id": response, "output_index": 0}
    item = {"id": f"fc_{response}", "type": "function_call", "call_id": f"c_{response}", "name": name}
    await session.send("response.output_item.done", **where, item={**item, "arguments": arguments})
    await session.end_response(response)


async def says(session: Session, words: str, item: str) -> None:
    """Have the caller say something, as the model's server hears it."""
    await session.caller_speaks(item)
    await session.caller_stops(item)
    await session.send(
        "conversation.item.input_audio_transcription.completed",
        item_id=item,
        content_index=0,
        transcript=words,
    )


def heard(call: Call) -> list[int]:
    """Return the tones that came out of the phone, in Hz, in their order."""
    return [round(one.frequency, -1) for one in tone.tones(call.media.heard())]


async def test_a_server_is_waited_for_as_long_as_the_caller_wants(
    gateway: Gateway, pump: Pump, model: Model, web: WebServer
) -> None:
    """The wait is filled; a late result is told and not talked over; an answer moves the call on."""
    async with Phone(gateway.sip, pump) as phone:
        call, session = await talking(phone, model)
        model.says = ANSWER
        web.answers["/ask"] = Answered({"state": "sent"}, after_s=1.2)
        assert json.loads(await result(session, "ask")) == {"state": "sent"}
        await call.hears(lambda: AGENT_HZ in heard(call), "the agent")
        assert heard(call) == [FILLER_HZ, AGENT_HZ]

        model.says = None
        asked = len(session.events("response.create"))
        web.answers["/ask"] = Answered({"state": "late"}, after_s=0.3)
        await calls(session, "ask")
        await web.got(2)
        await session.caller_speaks("newer")
        await session.until(lambda: len(outputs(session)) == 2)
        await session.caller_stops("newer")
        await session.respond(ANSWER)
        await call.hears(lambda: heard(call).count(AGENT_HZ) == 2, "the answer to the newer turn")
        assert len(session.events("response.create")) == asked

        web.answers["/ask"] = Answered({"goto": "sales"})
        await calls(session, "ask")
        await model.session(2)
        assert (await gateway.said("call.ordered", order="Onward to sales"))["by"] == "tool ask"
        await call.hang_up()


async def test_a_caller_agrees_or_not_and_a_tool_server_that_dies_is_there_again(
    gateway: Gateway, pump: Pump, model: Model
) -> None:
    """They are asked aloud; only on a yes in their own words is anything done."""
    await gateway.said("mcp.connected", patient_seconds=30)
    async with Phone(gateway.sip, pump) as phone:
        call, session = await talking(phone, model)
        offered = [one["name"] for one in session.events("session.update")[-1]["session"]["tools"]]
        assert {"ask", "calendar__free_slots", "calendar__book"} <= set(offered)
        model.says = ANSWER
        for number, (words, told) in enumerate(
            (("No, thank you.", "not done"), ("Yes, please.", "Booked for Monday"))
        ):
            asked = len(session.events("response.create"))
            await calls(session, "calendar__book", '{"day": "Monday"}')
            question = await session.got("response.create", asked + 1)
            assert question["response"]["instructions"].endswith('"Book Monday?"')
            await call.hears(lambda n=asked: heard(call).count(AGENT_HZ) > n, "the question")
            await says(session, words, f"answer_{number}")
            await session.until(lambda n=number: len(outputs(session)) == n + 1)
            assert told in outputs(session)[-1]["output"]
            await session.got("response.create", asked + 2)
            await call.hears(lambda n=asked: heard(call).count(AGENT_HZ) > n + 1, "what became of it")
            await call.hears_silence()

        who: Any = await result(session, "calendar__who")
        assert who == (await gateway.said("call.answered"))["call"]
        assert "error" in json.loads(await result(session, "calendar__die"))
        await gateway.said("mcp.lost")
        async with patience.within(20):
            while "error" in (told := await result(session, "calendar__free_slots", '{"day": "Monday"}')):
                pass
        assert "9:00" in told
        assert not call.over
        await call.hang_up()
    assert gateway.stop() == 0


async def test_a_tool_server_over_http_is_asked_and_dies_in_the_middle_of_a_call(
    gateway_process: Callable[..., Gateway], pump: Pump, model: Model
) -> None:
    """What it says is spoken of; the model is told when it is lost, and the call goes on."""
    async with http_server() as url:
        crm = {"url": url, "tools": ["find", "die"]}
        plan = agent(
            "100",
            model.url,
            model="scripted",
            agent={"mcp": {"crm": crm}},
            answer={"speaks_first": "caller"},
        )
        office = gateway_process({"office": plan}, "--no-local")
        await office.said("mcp.connected", patient_seconds=30)
        async with Phone(office.sip, pump) as phone:
            call, session = await talking(phone, model)
            model.says = ANSWER
            told = json.loads(await result(session, "crm__find", '{"place": {"street": "Main"}}'))
            assert told == {"found": "Main 1"}
            await call.hears(lambda: AGENT_HZ in heard(call), "the agent")
            model.says = tone.sine(FILLER_HZ, 300, rate=RATE, fade_ms=5)
            assert "error" in json.loads(await result(session, "crm__die"))
            await office.said("mcp.lost")
            await call.hears(lambda: FILLER_HZ in heard(call), "what it says of that")
            await call.hang_up()
