"""The gateway hears by itself that the caller speaks: heard on the wire, with people's words."""

from __future__ import annotations

import numpy as np
import pytest

from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.patience import SOON_MS
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS
from tests.sounds import speech

LONG = tone.sine(440, 6000, rate=RATE, fade_ms=5)
SHORT = tone.sine(880, 600, rate=RATE, fade_ms=5)
CLICK = np.random.default_rng(1).integers(-8000, 8000, 8 * 60).astype(np.int16)
"""60 ms of noise: a voice to the detector, and no turn."""


def heard_ms(call: Call) -> float:
    """Milliseconds of agent audio in the RTP that came."""
    return tone.sound_ms(call.media.heard())


async def listening(phone: Phone, model: Model, number: str, ms: float = 500) -> tuple[Call, Session]:
    """A call whose caller has heard so much of a long answer."""
    model.says = LONG
    call = phone.call(number)
    await call.answered()
    session = await model.session()
    await call.hears_sound()
    await call.hears(lambda: heard_ms(call) >= ms, f"{ms} ms of the agent")
    return call, session


def heard_words(session: Session, spoken: tone.Pcm) -> float:
    """Milliseconds of speech that the session heard, by its level, against those that were said."""
    return tone.sound_ms(session.caller(), rate=RATE, floor_db=-45) / tone.sound_ms(spoken, floor_db=-45)


# --- barge-in ------------------------------------------------------------------------------------------


async def test_a_voice_silences_the_agent_before_the_model_has_noticed(phone: Phone, model: Model) -> None:
    """Our detector is enough; when the model says that it is speech, it learns what was heard."""
    call, session = await listening(phone, model, "210")
    said = call.media.say(speech("interruption"))
    last = await call.hears_silence(200)
    await session.caller_speaks()
    cut = await session.got("conversation.item.truncate", patient_seconds=5)
    assert (last - said.started_at) / MS < SOON_MS
    assert cut["audio_end_ms"] == pytest.approx(heard_ms(call), abs=20)
    assert tone.clicks(call.media.heard()) == []


async def test_an_agent_silenced_for_nothing_goes_on(phone: Phone, model: Model) -> None:
    """A cough, and the model hears no turn in it: soon the agent goes on where it was, and loses nothing."""
    call, session = await listening(phone, model, "210")
    call.media.say(speech("interruption")[: 8 * 350])
    last = await call.hears_silence(200)
    again = await call.hears_sound(last + MS)
    assert 600 < (again - last) / MS < 700 + SOON_MS
    await call.hears_silence(1000)
    assert heard_ms(call) == pytest.approx(len(LONG) / 24, abs=60)
    assert len(session.events("response.create")) == 1
    assert session.events("conversation.item.truncate") == []


async def test_other_sounds_of_the_caller_silence_nobody(phone: Phone, model: Model) -> None:
    """Keys, a ringing phone, our own echo."""
    call, session = await listening(phone, model, "210")
    call.media.say(tone.sine(425, 1000))
    call.media.press("5")
    echo = call.media.heard()[-8000:].astype(float) * 10 ** (-25 / 20)
    await call.said(call.media.say(echo.astype("int16")))
    await call.listens(300)
    assert session.events("conversation.item.truncate") == []
    assert heard_ms(call) > 2500


# --- ducking -------------------------------------------------------------------------------------------


async def test_a_cough_lowers_the_agent_and_no_more(phone: Phone, model: Model) -> None:
    """It is lower for as long as the cough and a little longer, then as before, and nothing is cut."""
    call, session = await listening(phone, model, "211")
    said = call.media.say(speech("interruption")[: 8 * 300])
    await call.said(said)
    await call.listens(1500)
    before = tone.level_db(call.media.heard()[1600:3200])
    levels = [
        tone.level_db(tone.ulaw_decode(packet.payload))
        for packet in call.media.audio()
        if packet.at > said.started_at
    ]
    low = [index for index, level in enumerate(levels) if level < before - 10]
    assert levels[low[len(low) // 2]] == pytest.approx(before - 14, abs=1)
    assert low[0] * 20 < SOON_MS
    assert 200 < 20 * len(low) < 1000
    assert levels[-10:] == pytest.approx([before] * 10, abs=1)
    assert session.events("conversation.item.truncate") == []


async def test_a_lowered_agent_is_silenced_when_the_model_hears_speech(phone: Phone, model: Model) -> None:
    """And the next answer has its full level."""
    call, session = await listening(phone, model, "211")
    full = tone.level_db(call.media.heard()[1600:3200])
    said = call.media.say(speech("interruption"))
    await call.hears(
        lambda: tone.level_db(call.media.heard()[-800:]) < full - 10 and said.started_at, "a lower voice"
    )
    spoke = await session.caller_speaks()
    last = await call.hears_silence(200)
    assert (last - spoke) / MS < SOON_MS
    await call.said(said)
    await session.caller_stops()
    await session.respond(SHORT)
    since = await call.hears_sound(last + MS)
    await call.hears_silence()
    assert tone.level_db(call.media.heard(since)[800:3200]) == pytest.approx(full, abs=1)


# --- turns of our own ----------------------------------------------------------------------------------


async def test_a_turn_is_found_by_voice_and_silence(phone: Phone, model: Model) -> None:
    """The server is told not to look for turns; it hears the words and no more, and then has to answer."""
    model.says = SHORT
    call = phone.call("212")
    await call.answered()
    session = await model.session()
    assert session.config["audio"]["input"]["turn_detection"] is None
    await call.hears_sound()
    await call.hears_silence()
    await call.listens(500)
    assert session.appends == 0
    said = await call.said(call.media.say(speech("sum")))
    committed = await session.got("input_audio_buffer.commit")
    asked = await session.got("response.create", 2)
    assert 400 < (committed["at"] - said.ended_at) / MS < 400 + SOON_MS
    assert asked["at"] >= committed["at"]
    assert heard_words(session, speech("sum")) > 0.95
    assert len(session.caller()) / RATE * 1000 < len(speech("sum")) / 8 + 1100
    await call.hears_sound(committed["at"])


async def test_a_turn_of_our_own_interrupts(phone: Phone, model: Model) -> None:
    """The agent falls silent at the first words, and answers the turn afterwards."""
    call, session = await listening(phone, model, "212")
    model.says = SHORT
    said = call.media.say(speech("sum"))
    last = await call.hears_silence(150)
    assert (last - said.started_at) / MS < SOON_MS
    await session.got("input_audio_buffer.commit")
    await call.hears_sound(last + MS)
    await call.hears_silence()
    assert tone.share(call.media.heard()[-2400 - 8 * 600 :], 880) > 0.8
    assert len(session.events("input_audio_buffer.commit")) == 1


@pytest.mark.native  # where not one of three packets gets lost, however busy the machine
async def test_a_click_does_not_stand_before_the_next_turn(phone: Phone, model: Model) -> None:
    """Too short to be a turn, it is forgotten by the server as well."""
    model.says = SHORT
    call = phone.call("212")
    await call.answered()
    session = await model.session()
    await call.hears_sound()
    await call.hears_silence()
    call.media.say(CLICK)
    await session.got("input_audio_buffer.clear")
    before = len(session.caller())
    assert before > 0
    assert session.events("input_audio_buffer.commit") == []
    await call.said(call.media.say(speech("sum")))
    await session.got("input_audio_buffer.commit")
    turn = (len(session.caller()) - before) / RATE * 1000
    assert turn < len(speech("sum")) / 8 + 1100
    assert len(session.events("input_audio_buffer.clear")) == 1


async def test_the_embedded_server_answers_turns_of_ours(phone: Phone) -> None:
    """A server that was told to find no turns takes what is committed, and speaks when it is asked to."""
    call = phone.call("215")
    await call.answered()
    await call.hears_sound()
    await call.hears(lambda: heard_ms(call) >= 500, "500 ms of the greeting")
    said = call.media.say(speech("sum"))
    last = await call.hears_silence(150)
    assert heard_ms(call) < 1500
    await call.said(said)
    await call.hears_sound(last + MS)
    assert (await call.hears_silence(400)) > said.ended_at + 2500 * MS  # a whole answer: 3 s


async def test_the_session_hears_only_what_is_said_between_two_keys(phone: Phone, model: Model) -> None:
    """Push-to-talk: silence at the first press, an answer after the second, nothing else in between."""
    call, session = await listening(phone, model, "213")
    model.says = SHORT
    await call.said(call.media.say(speech("sum")))
    assert session.appends == 0
    pressed = call.media.press("*")
    last = await call.hears_silence(150)
    assert (last - pressed.started_at) / MS < SOON_MS + 160  # a key is known when it is released
    await call.said(call.media.say(speech("question")))
    await call.said(call.media.press("*"))
    await session.got("input_audio_buffer.commit")
    await session.got("response.create", 2)
    heard = session.appends
    assert heard_words(session, speech("question")) > 0.95
    await call.said(call.media.say(speech("goodbye")))
    assert session.appends == heard
    assert session.events("conversation.item.create") == []


async def test_a_silent_caller_is_asked_whether_they_are_there(phone: Phone, model: Model) -> None:
    """Five seconds after the call was answered."""
    model.says = SHORT
    call = phone.call("214")
    await call.answered()
    session = await model.session()
    asked = await session.got("response.create")
    assert "still there" in asked["response"]["instructions"]
    assert 4.5 < (asked["at"] - call.times[200]) / 1e9 < 7
    await call.hears_sound()
