"""What an agent does with its call beside talking: holds it, presses and takes keys, hands it on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from tests.equipment import patience, tone
from tests.equipment.functions import called, outcome, result
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.conftest import hang_up_all

AGENT = tone.sine(660, 300, rate=RATE, fade_ms=5)
WORDS = tone.sine(880, 600, rate=RATE, fade_ms=5)
QUIET = {"answer": {"speaks_first": "caller"}}


@pytest.fixture(scope="module")
def office(model_port: int) -> Iterator[Gateway]:
    """An agent that may do all of it, and a plan to which it may lead."""
    url = f"ws://127.0.0.1:{model_port}/v1/realtime"
    tools = ["hold", "send_digits", "collect_digits", "goto", "hang_up"]
    plans = {
        "office": agent("100", url, model="scripted", agent={"tools": tools, "goto": ["later"]}, **QUIET),
        "later": agent("101", url, model="scripted"),
    }
    with Gateway(plans, "--no-local", "--log-transcripts") as running:
        yield running


@dataclass
class Talk:
    """A caller with the agent, and the agent's session."""

    caller: Call
    session: Session
    office: Gateway


@pytest.fixture
async def talk(office: Gateway, model: Model, pump: Pump) -> AsyncIterator[Talk]:
    """A caller who has just been answered."""
    async with Phone(office.sip, pump) as phone:
        model.says = None
        call = phone.call("100")
        await call.answered()
        yield Talk(call, await model.session(), office)
        await hang_up_all(phone, office)


async def test_a_caller_is_held_with_music(talk: Talk, model: Model) -> None:
    """When the agent has finished; the phone shows it, the model hears nothing, and has them back in time."""
    model.says = AGENT
    await talk.session.respond(WORDS)
    await called(talk.session, "hold", seconds=1)
    async with patience.within(10):
        while not (talk.caller.remote_sdp and talk.caller.remote_sdp.direction == "sendonly"):
            await talk.caller.changed()
    heard = talk.caller.media.heard()
    assert tone.sound_ms(heard) >= 590
    await talk.caller.hears_sound(since=talk.caller.phone.pump.heard_until)
    assert await outcome(talk.session) == {"ok": True, "note": "The caller is back."}
    await talk.caller.hears(lambda: tone.share(talk.caller.media.heard()[-1600:], 660) > 0.8, "the agent")
    assert talk.caller.remote_sdp.direction == "sendrecv"


async def test_keys_that_are_asked_for_are_nobody_elses(talk: Talk, model: Model) -> None:
    """The model is given them, whole; no key silences the agent, and no log line shows one."""
    await talk.session.respond(tone.sine(880, 1200, rate=RATE, fade_ms=5))
    call_id = await called(talk.session, "collect_digits", count=8)
    await talk.caller.hears_sound()
    await talk.caller.said(talk.caller.media.press("7391#"))
    assert await outcome(talk.session, call_id) == {"digits": "7391"}
    assert talk.session.events("conversation.item.truncate") == []
    assert tone.sound_ms(talk.caller.media.heard()) >= 1150
    items = json.dumps([event["item"] for event in talk.session.events("conversation.item.create")])
    assert "keypad" not in items
    keys = [line["digit"] for line in talk.office.events("call.key")]
    assert keys[-5:] == ["\N{BULLET}"] * 5
    await talk.caller.hang_up()
    ended = await talk.office.said("call.ended", sip_call_id=talk.caller.call_id)
    said = await talk.office.said("call.transcript", call=ended["call"])
    assert {line["text"] for line in said["lines"] if line["who"] == "caller"} == {"[\N{BULLET}]"}


async def test_keys_that_do_not_come_are_not_waited_for(talk: Talk) -> None:
    """What was keyed until then is the result."""
    assert await result(talk.session, "collect_digits", count=4, seconds=1) == {"digits": ""}


async def test_the_agent_presses_keys(talk: Talk) -> None:
    """A machine at the other end reads them; what is no key is refused."""
    assert await result(talk.session, "send_digits", digits="42#") == {"ok": True}
    await talk.caller.hears(lambda: len(talk.caller.media.digits()) == 3, "the keys")
    assert "".join(one.digit for one in talk.caller.media.digits()) == "42#"
    assert "keys are" in (await result(talk.session, "send_digits", digits="4x"))["error"]


async def test_the_agent_hands_the_call_to_another_plan(talk: Talk, model: Model) -> None:
    """To one that its own plan names, when its last word was heard."""
    assert "error" in await result(talk.session, "goto", plan="office")
    await talk.session.respond(WORDS)
    model.says = AGENT
    await called(talk.session, "goto", plan="later")
    await model.session(2)
    await talk.caller.hears(lambda: tone.share(talk.caller.media.heard()[-1600:], 660) > 0.8, "the next one")
    assert tone.sound_ms(talk.caller.media.heard()) >= 590
