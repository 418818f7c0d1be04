"""The embedded agent listens like a person: echo, signs of listening, pauses for thought, a late ACK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest

from tests.equipment import tone
from tests.equipment.acoustic_echo import AcousticEcho
from tests.equipment.elsewhere import as_elsewhere
from tests.equipment.line_noises import at_level, cough
from tests.equipment.patience import SOON_MS
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.local.speech import caller_8k, engines_or_skip
from tests.whole_calls.conftest import hang_up_all

pytestmark = pytest.mark.speech

WORDS = "Welcome to the museum. It is open from nine to six. Tickets are twelve dollars."
QUIET = {"answer": {"speaks_first": "caller"}}


@pytest.fixture(scope="module")
def museum() -> Iterator[Gateway]:
    """An agent that announces something, with its detectors, and one that waits for its caller."""
    engines_or_skip()
    instructions = "You are the assistant of a museum. It is open Monday to Friday, 9:00 to 17:00."
    agent = {"provider": "local", "voice": "heart", "instructions": instructions}
    greets: dict[str, Any] = {"agent": agent, "answer": {"greeting": WORDS, "greeting_cached": True}}
    plans = {
        "announces": {"numbers": ["100"], **greets},
        "local": {"numbers": ["101"], **greets, "barge_in": {"detector": "local"}},
        "own": {"numbers": ["102"], **greets, "agent": agent | {"turn_detection": {"type": "none"}}},
        "stops": {"numbers": ["103"], **greets, "barge_in": {"backchannels": "interrupt"}},
        "listens": {"numbers": ["200"], "agent": agent, **QUIET},
    }
    with Gateway(plans) as running:
        yield running


@pytest.fixture
async def caller(museum: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    async with Phone(museum.sip, pump) as ready:
        yield ready
        await hang_up_all(ready, museum)


async def hears_it(call: Call, ms: float = 1200) -> int:
    """Answered, and so much of the announcement heard; gives the arrival of its first packet."""
    await call.answered()
    first = await call.hears_sound()
    await call.hears(lambda: call.phone.pump.heard_until - first >= ms * MS, f"{ms} ms of it")
    return first


async def over(call: Call) -> tone.Pcm:
    """Listen to the end, and hang up; gives all that was heard."""
    await call.hears_silence(1600)
    await call.hang_up()
    return call.media.heard()


@pytest.fixture(scope="module")
def whole(museum: Gateway) -> float:
    """Milliseconds of sound in the announcement."""

    async def listen(pump: Pump) -> float:
        async with Phone(museum.sip, pump) as phone:
            call = phone.call("100")
            await hears_it(call)
            heard = tone.sound_ms(await over(call))
            await museum.said("call.ended", sip_call_id=call.call_id)
            return heard

    with as_elsewhere(), Pump() as pump:
        return asyncio.run(listen(pump))


@pytest.mark.native
async def test_an_agent_does_not_hear_itself(caller: Phone, museum: Gateway, whole: float) -> None:
    """On a loudspeaker in a room: it is not interrupted, and answers nobody."""
    call = caller.call("100")
    call.media.room = AcousticEcho(-20, 150)
    await hears_it(call)
    heard = tone.sound_ms(await over(call))
    line = await museum.said("call.ended", sip_call_id=call.call_id)
    assert line["turns"] == 0
    assert heard == pytest.approx(whole, abs=100)


@pytest.mark.native
async def test_a_caller_on_a_loudspeaker_interrupts(caller: Phone, museum: Gateway, whole: float) -> None:
    """Over the echo."""
    call = caller.call("100")
    call.media.room = AcousticEcho(-20, 150)
    await hears_it(call)
    said = await call.said(call.media.say(caller_8k("Stop. What time is it?")))
    await call.hears_sound(said.ended_at)  # and is answered
    await call.hears_silence(700)
    assert tone.sound_ms(call.media.heard()) < whole


@pytest.mark.parametrize("number", ["100", "101", "102"])
async def test_a_sign_of_listening_costs_no_word(
    caller: Phone, museum: Gateway, whole: float, number: str
) -> None:
    """The agent is silent for a moment, goes on where it was, and answers nothing."""
    call = caller.call(number)
    await hears_it(call)
    said = await call.said(call.media.say(caller_8k("Yeah.")))
    heard = await over(call)
    assert tone.sound_ms(heard) == pytest.approx(whole, abs=150)
    silent = tone.longest_silence_ms(call.media.heard(said.started_at)[: 8 * 2500])
    assert silent > 300
    await museum.said("call.ended", sip_call_id=call.call_id)


async def test_a_plan_may_take_every_word_for_an_interruption(caller: Phone, whole: float) -> None:
    """The rest is not said."""
    call = caller.call("103")
    await hears_it(call)
    said = await call.said(call.media.say(caller_8k("Yeah.")))
    last = await call.hears_silence(300)
    assert (last - said.started_at) / MS < 500 + SOON_MS
    before = tone.sound_ms(call.media.heard())
    assert before < whole - 1000


@pytest.mark.native
async def test_a_television_in_the_room_costs_no_word(caller: Phone, whole: float) -> None:
    """It talks for longer than any sign of listening; the agent goes on over it, and answers nothing."""
    call = caller.call("100")
    await hears_it(call, 600)
    words = caller_8k("And the weather tomorrow will be cloudy in the north and sunny in the south.")
    said = await call.said(call.media.say(at_level(words.astype(np.float64), -42)))
    heard = await over(call)
    assert tone.sound_ms(heard) == pytest.approx(whole, abs=150)
    assert tone.longest_silence_ms(call.media.heard(said.started_at)[: 8 * 3000]) > 1000


async def test_a_cough_costs_no_word(caller: Phone, whole: float) -> None:
    """Our own detector silences the agent at once; the session hears no speech, and it goes on."""
    call = caller.call("101")
    await hears_it(call)
    await call.said(call.media.say(at_level(cough(np.random.default_rng(3)), -24)))
    heard = await over(call)
    assert tone.sound_ms(heard) == pytest.approx(whole, abs=150)


async def test_a_pause_for_thought_is_not_spoken_into(caller: Phone) -> None:
    """And the whole sentence is answered."""
    call = caller.call("200")
    await call.answered()
    await call.listens(300)
    first, second = caller_8k("I would like to know,"), caller_8k("whether you are open on Sunday.")
    said = await call.said(call.media.say(tone.join([first, tone.silence(900), second])))
    answered = await call.hears_sound()
    assert answered > said.ended_at


async def test_half_a_sentence_is_answered_in_the_end(caller: Phone) -> None:
    """If nothing follows."""
    call = caller.call("200")
    await call.answered()
    await call.listens(300)
    said = await call.said(call.media.say(caller_8k("I would like to know,")))
    answered = await call.hears_sound()
    assert 900 < (answered - said.ended_at) / MS < 1200 + SOON_MS


@pytest.mark.parametrize("ack_ms", [0, 150])
async def test_the_first_word_waits_for_the_ack(caller: Phone, ack_ms: int) -> None:
    """A phone that hears nothing before it has acknowledged misses no word; and it is not long after."""
    call = caller.call("100")
    call.acks = False
    response = await call.final()
    await asyncio.sleep(ack_ms / 1000)
    call.acks = True
    call.heard_response(response)
    first = await call.hears_sound()
    assert first > call.times["ACK"]
    assert (first - call.times["ACK"]) / MS < SOON_MS
