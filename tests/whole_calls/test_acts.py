"""What an agent does with its call beside talking: holds it, presses and takes keys, hands it on."""

from __future__ import annotations

import json
import wave
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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
    tools = ["hold", "send_digits", "collect_digits", "goto", "hang_up", "leave_message"]
    messages = {"folder": "messages", "silence": "1s"}
    acts = {"tools": tools, "goto": ["later"]}
    plans = {
        "office": agent("100", url, model="scripted", agent=acts, messages=messages, **QUIET),
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
    assert keys[-4:] == ["\N{BULLET}"] * 4  # the first may have come before they were asked for
    await talk.caller.hang_up()
    ended = await talk.office.said("call.ended", sip_call_id=talk.caller.call_id)
    said = await talk.office.said("call.transcript", call=ended["call"])
    assert "\N{BULLET}" in {line["text"].strip("[]") for line in said["lines"] if line["who"] == "caller"}


async def test_keys_that_do_not_come_are_not_waited_for(talk: Talk) -> None:
    """What was keyed until then is the result."""
    assert await result(talk.session, "collect_digits", count=4, seconds=1) == {"digits": ""}


async def test_the_agent_presses_keys(talk: Talk) -> None:
    """A machine at the other end reads them; what is no key is refused."""
    assert await result(talk.session, "send_digits", digits="42#") == {"ok": True}
    await talk.caller.hears(lambda: len(talk.caller.media.digits()) == 3, "the keys")
    assert "".join(one.digit for one in talk.caller.media.digits()) == "42#"
    assert "keys are" in (await result(talk.session, "send_digits", digits="4x"))["error"]


@pytest.mark.parametrize("ends", ["silence", "key", "hang up"])
async def test_a_caller_leaves_a_message(talk: Talk, ends: str) -> None:
    """After a beep; what they say is kept, and the model hears none of it."""
    before = len(talk.office.events("message.left"))
    await called(talk.session, "leave_message")
    await talk.caller.hears(lambda: tone.share(talk.caller.media.heard()[-1600:], 1000) > 0.8, "the beep")
    await talk.caller.hears_silence(200)
    heard = len(talk.session.heard)
    await talk.caller.said(talk.caller.media.say(tone.sine(700, 900, fade_ms=5)))
    if ends == "hang up":
        await talk.caller.hang_up()
        await talk.office.said("call.ended", sip_call_id=talk.caller.call_id)
    else:
        if ends == "key":
            await talk.caller.said(talk.caller.media.press("#"))
        assert await outcome(talk.session) == {"left": True, "seconds": 1}
    waited = RATE * 60 // 1000  # in the jitter buffer, as the key overtook it
    since = talk.session.caller()[heard // 2 + waited :]
    assert not len(since) or tone.share(since, 700, rate=RATE) < 0.05
    async with patience.within(10):
        while len(left := talk.office.events("message.left")) == before:
            await talk.caller.listens(50)
    file = Path(left[-1]["file"])
    with wave.open(str(file)) as kept:
        sound = np.frombuffer(kept.readframes(kept.getnframes()), "<i2")
    assert tone.share(sound, 700) > 0.8
    assert len(sound) / 8 == pytest.approx(900, abs=300)
    assert file.stat().st_mode & 0o077 == 0  # noqa: ASYNC240 - nobody else waits


async def test_the_agent_hands_the_call_to_another_plan(talk: Talk, model: Model) -> None:
    """To one that its own plan names, when its last word was heard."""
    assert "error" in await result(talk.session, "goto", plan="office")
    await talk.session.respond(WORDS)
    model.says = AGENT
    await called(talk.session, "goto", plan="later")
    await model.session(2)
    await talk.caller.hears(lambda: tone.share(talk.caller.media.heard()[-1600:], 660) > 0.8, "the next one")
    assert tone.sound_ms(talk.caller.media.heard()) >= 590
