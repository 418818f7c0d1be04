"""A caller who puts us on hold: nothing is heard, counted or said, and the call goes on where it was."""

from __future__ import annotations

import time
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from gateway.media.plane import PORTABLE_CALLS, native_available
from tests.equipment import holds, tone
from tests.equipment.model import RATE, Event, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.conftest import hang_up_all

HOLDS = [{"direction": "sendonly"}, {"direction": "inactive"}, {"host": "0.0.0.0"}]


def back(call: Call) -> dict[str, str]:
    """Return what takes a call back."""
    return {"direction": "sendrecv", "host": call.media.local[0]}


@pytest.mark.parametrize("hold", HOLDS)
async def test_a_call_on_hold_is_not_silent(
    phone: Phone, gateway: Gateway, model: Model, hold: dict[str, str]
) -> None:
    """`max_silence` is a second: on hold it does not pass, afterwards it does."""
    call = phone.call("400")
    await call.answered()
    await model.session()
    await call.reinvite(**hold)
    await call.listens(1500)
    assert not call.over
    await call.reinvite(**back(call))
    assert (await call.ended()).method == "BYE"
    assert (await gateway.said("call.ended", sip_call_id=call.call_id))["reason"] == "max_silence"


async def test_music_on_hold_is_not_heard_by_the_model(phone: Phone, model: Model) -> None:
    """What a PBX plays to the one it holds is not the caller; who comes back is heard."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await call.reinvite(direction="sendonly")
    await call.said(call.media.say(tone.sine(700, 600)))
    await call.reinvite(**back(call))
    await call.said(call.media.say(tone.sine(1300, 400)))
    await session.until(lambda: tone.share(session.caller()[-RATE:], 1300, rate=RATE) > 0.2)
    assert tone.share(session.caller(), 700, rate=RATE) < 0.01


async def test_what_was_heard_before_and_after_a_hold_is_what_is_told(phone: Phone, model: Model) -> None:
    """The agent stops where it is, goes on there, and is cut at what left as RTP."""
    model.says = tone.sine(440, 3000, rate=RATE, fade_ms=5)
    call = phone.call("200")
    await call.answered()
    session = await model.session()
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 500, "half a second of the agent")
    await call.reinvite(direction="sendonly")
    await call.listens(800)
    before = tone.sound_ms(call.media.heard())
    await call.reinvite(**back(call))
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= before + 500, "the agent go on")
    await session.caller_speaks()
    cut = await session.got("conversation.item.truncate")
    await call.hears_silence(200)
    assert cut["audio_end_ms"] == pytest.approx(tone.sound_ms(call.media.heard()), abs=60)


async def test_a_call_held_from_the_start(phone: Phone, gateway: Gateway, model: Model) -> None:
    """The first offer holds already; the greeting waits for whoever takes the call."""
    model.says = tone.sine(440, 600, rate=RATE, fade_ms=5)
    call = phone.call("200", direction="sendonly")
    await call.answered()
    assert call.remote_sdp
    assert call.remote_sdp.direction == "recvonly"
    assert call.remote_sdp.host == "127.0.0.1"
    await call.listens(400)
    assert not np.any(call.media.heard())
    await call.reinvite(**back(call))
    await call.hears_sound()
    await call.hears_silence(200)
    assert tone.sound_ms(call.media.heard()) == pytest.approx(600, abs=60)


async def test_what_a_server_says_by_itself_on_hold_is_not_heard(phone: Phone, model: Model) -> None:
    """It asks whether the caller is there, for it knows nothing of holds, and is told to forget it."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await session.caller_speaks()
    await session.caller_stops()
    await session.respond(tone.sine(440, 400, rate=RATE))
    await call.hears_sound()
    await call.hears_silence(200)
    heard = holds.sound_ms(call.media)
    await call.reinvite(direction="sendonly")
    await call.listens(100)  # until the hold is known, an answer is one like any other
    asked = [await session.respond(tone.sine(880, 400, rate=RATE)) for _ in range(2)]
    await session.got("conversation.item.delete", 2)
    assert [event["response_id"] for event in session.events("response.cancel")] == [r for r, _ in asked]
    assert [event["item_id"] for event in session.events("conversation.item.delete")] == [i for _, i in asked]
    await call.reinvite(**back(call))
    await call.listens(300)
    assert holds.sound_ms(call.media) == heard
    await session.caller_speaks("again")
    await session.caller_stops("again")
    await session.respond(tone.sine(440, 400, rate=RATE))
    await call.hears(lambda: holds.sound_ms(call.media) >= heard + 390, "the next answer")


class ShortLived(Session):
    """A session that says that it ends in some seconds."""

    def _session(self) -> Event:
        return super()._session() | {"expires_at": int(time.time()) + 6}


async def test_a_session_is_replaced_while_the_caller_holds(phone: Phone, model: Model) -> None:
    """A hold is a quiet moment, though a sentence waits: it goes on, and can be cut in the new session."""
    model.makes = ShortLived
    model.says = tone.sine(440, 20_000, rate=RATE)
    call = phone.call("200")
    await call.answered()
    await call.hears(lambda: holds.sound_ms(call.media) >= 400, "the agent")
    await call.reinvite(direction="sendonly")
    following = await model.session(2)
    told = await following.got("conversation.item.create")
    assert told["item"]["role"] == "assistant"
    left = holds.sound_ms(call.media)
    await call.reinvite(**back(call))
    await call.hears(lambda: holds.sound_ms(call.media) >= left + 400, "the agent go on")
    await following.caller_speaks()
    await following.got("conversation.item.delete")
    assert len(model.sessions) == 2


@pytest.fixture(scope="module")
def particular(model_port: int, sounds: Path) -> Iterator[Gateway]:
    """Plans that say something about holds: cut the agent off, wait a second for a key, or for the caller."""
    scripted = f"ws://127.0.0.1:{model_port}/v1/realtime"
    play = {"play": str(sounds)}
    plans = {
        "cuts": agent("100", scripted, on_hold={"speech": "cut"}),
        "menu": {
            "numbers": ["101"],
            "menu": {"prompt": play, "options": {"1": {"announce": play}}, "retries": 0, "timeout": "1s"},
        },
        "agent-short": agent("102", scripted, limits={"max_hold": "1s"}),
        "announce-short": {
            "numbers": ["103"],
            "announce": {**play, "repeat": 5},
            "limits": {"max_hold": "1s"},
        },
    }
    with Gateway(plans, "--no-local") as running:
        yield running


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prompt of half a second."""
    path = tmp_path_factory.mktemp("sounds") / "prompt.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(tone.sine(600, 500).astype("<i2").tobytes())
    return path


@pytest.fixture
async def caller(particular: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    async with Phone(particular.sip, pump) as phone:
        yield phone
        await hang_up_all(phone, particular)


async def test_a_plan_may_cut_the_agent_off_at_a_hold(caller: Phone, model: Model) -> None:
    """The model is told what was heard while the caller is still away, and nothing is left to be heard."""
    call = caller.call("100")
    await call.answered()
    session = await model.session()
    await call.hears(lambda: holds.sound_ms(call.media) >= 400, "the agent")
    await call.reinvite(direction="sendonly")
    cut = await session.got("conversation.item.truncate")
    left = holds.sound_ms(call.media)
    assert cut["audio_end_ms"] == pytest.approx(left, abs=holds.MOST_APART_MS)
    await call.reinvite(**back(call))
    await call.listens(500)
    assert holds.sound_ms(call.media) == pytest.approx(left, abs=5)  # its fade-out, at most
    await session.respond(tone.sine(880, 400, rate=RATE))
    await call.hears(lambda: holds.sound_ms(call.media) >= left + 350, "the next answer")


async def test_a_menu_waits_for_the_key_of_whoever_is_back(caller: Phone) -> None:
    """A second is what it waits; the hold is longer, and does not count."""
    call = caller.call("101")
    await call.answered()
    await call.hears(lambda: holds.sound_ms(call.media) >= 490, "the prompt")
    await call.hears_silence(200)
    await call.reinvite(direction="inactive")
    await call.listens(1500)
    assert not call.over
    await call.reinvite(**back(call))
    await call.said(call.media.press("1"))
    await call.hears(lambda: holds.sound_ms(call.media) >= 980, "the announcement")
    await call.ended()


@pytest.mark.parametrize("number", ["102", "103"])
async def test_nobody_is_waited_for_for_ever(
    caller: Phone, particular: Gateway, model: Model, number: str
) -> None:
    """An agent's call and an announcement end when the plan's `max_hold` is over."""
    call = caller.call(number)
    await call.answered()
    await call.hears_sound()
    assert len(model.sessions) == (number == "102")
    await call.reinvite(direction="sendonly")
    assert (await call.ended()).method == "BYE"
    line = await particular.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("completed", "max_hold")


async def test_every_form_of_hold() -> None:
    """Whoever holds, how and when: no sound meanwhile, no end, no music to the model; all told as it left."""
    at_once = len(holds.FORMS) if native_available() else PORTABLE_CALLS
    for first in range(0, len(holds.FORMS), at_once):
        outcomes = await holds.run(holds.FORMS[first : first + at_once], 3000, max_silence="2s")
        assert {outcome.form.name: outcome.faults for outcome in outcomes if outcome.faults} == {}
