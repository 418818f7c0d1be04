"""A caller at an exchange puts the agent through to somebody else: it talks on with them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from tests.equipment import patience, tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.conftest import hang_up_all

pytestmark = pytest.mark.native  # portable mode has no trunks

AGENT = tone.sine(660, 400, rate=RATE, fade_ms=5)
SENTENCE = tone.sine(880, 4000, rate=RATE, fade_ms=5)
TRUNKS = {"pbx": {"peers": ["127.0.0.1"], "dial": ["2"], "refers": "follow", "keepalive": "off"}}


@pytest.fixture(scope="module")
def office(model_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway at an exchange that may put its calls through."""
    settings = tmp_path_factory.mktemp("office") / "gateway.yaml"
    settings.write_text(json.dumps({"trunks": TRUNKS}))
    url = f"ws://127.0.0.1:{model_port}/v1/realtime"
    quiet = {"answer": {"speaks_first": "caller"}}
    plans = {
        "office": agent("100", url, model="scripted", limits={"max_transfers": 1}, **quiet),
        "never": agent("101", url, model="scripted", limits={"max_transfers": 0}, **quiet),
    }
    with Gateway(plans, "--no-local", "--config", str(settings)) as running:
        yield running


@dataclass
class Put:
    """A caller with the agent, and a phone of the same exchange."""

    caller: Call
    session: Session
    desk: Phone
    office: Gateway

    async def refer(self, user: str = "200") -> int:
        """Ask for the desk; return the answer."""
        to = f"<sip:{user}@127.0.0.1:{self.desk.local[1]}>"
        return (await self.caller.request("REFER", headers=[("Refer-To", to)])).status

    async def told(self, status: int) -> None:
        """Wait until the caller's side is told of that."""
        line = f"SIP/2.0 {status} ".encode()
        async with patience.within(10):
            while not any(one.body.startswith(line) for one in self.caller.messages):
                await self.caller.changed()


@pytest.fixture
async def desk(office: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    """A phone of the exchange."""
    async with Phone(office.sip, pump, user="desk") as phone:
        yield phone


@pytest.fixture
async def caller(office: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    """Another."""
    async with Phone(office.sip, pump) as phone:
        yield phone
        await hang_up_all(phone, office)


async def with_agent(caller: Phone, desk: Phone, model: Model, office: Gateway, number: str = "100") -> Put:
    """Call the agent."""
    model.says = None
    call = caller.call(number)
    await call.answered()
    return Put(call, await model.session(), desk, office)


async def test_the_agent_talks_on_with_somebody_else(
    caller: Phone, desk: Phone, model: Model, office: Gateway
) -> None:
    """It is told who that is, begins anew, hears and is heard; the same session, record and call."""
    put = await with_agent(caller, desk, model, office)
    await put.session.respond(SENTENCE)
    await put.caller.hears_sound()
    await put.caller.reinvite(direction="sendonly")
    assert await put.refer() == 202
    rung = await desk.incoming()
    rung.ring()
    await put.told(180)
    model.says = AGENT
    await rung.accept()
    await put.told(200)
    await put.caller.hang_up()
    await rung.hears(lambda: tone.share(rung.media.heard()[-1600:], 660) > 0.8, "the agent")
    meant_for_other = [one.ms for one in tone.tones(rung.media.heard()) if abs(one.frequency - 880) < 20]
    assert sum(meant_for_other) < 1000  # of the sentence: as long as this machine is late
    items = json.dumps([event["item"] for event in put.session.events("conversation.item.create")])
    assert "put through to 200" in items
    since = len(put.session.caller())
    await rung.said(rung.media.say(tone.sine(500, 500, fade_ms=5)))
    await put.session.until(lambda: tone.share(put.session.caller()[since:][-6000:], 500, rate=RATE) > 0.5)
    await rung.hang_up()
    ended = await office.said("call.ended", sip_call_id=put.caller.call_id)
    assert ended["reason"] == "callee_hung_up"
    assert (await office.said("transfer.ended", call=ended["call"]))["outcome"] == "transferred"
    assert (await office.said("call.refer_followed", call=ended["call"]))["to"].startswith("sip:200@")


async def test_nobody_answers_there(caller: Phone, desk: Phone, model: Model, office: Gateway) -> None:
    """The agent talks on with who has asked; once is what the plan allows."""
    put = await with_agent(caller, desk, model, office)
    assert await put.refer() == 202
    (await desk.incoming()).reject(486)
    await put.told(486)
    await put.session.respond(AGENT)
    await put.caller.hears(lambda: tone.share(put.caller.media.heard()[-1600:], 660) > 0.8, "the agent")
    assert await put.refer() == 202
    await put.told(603)
    assert await put.refer("300") == 603
    assert not put.caller.over


async def test_a_plan_that_puts_nobody_through(
    caller: Phone, desk: Phone, model: Model, office: Gateway
) -> None:
    """Its bound is its word on that, too."""
    put = await with_agent(caller, desk, model, office, "101")
    assert await put.refer() == 202
    await put.told(603)
    assert desk.received == []
