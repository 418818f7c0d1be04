"""Speaking over the agent: it falls silent within a packet, and the model learns what was really heard."""

from __future__ import annotations

from functools import partial

import pytest

from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.patience import SOON_MS
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS

LONG = tone.sine(440, 4000, rate=RATE, fade_ms=5)
OTHER = tone.sine(880, 2000, rate=RATE, fade_ms=5)


def heard_ms(call: Call) -> float:
    """Milliseconds of agent audio in the RTP that came, pauses not counted."""
    return tone.sound_ms(call.media.heard())


def _has_heard(call: Call, ms: float) -> bool:
    return heard_ms(call) >= ms


async def interrupt(call: Call, session: Session, after_ms: float) -> int:
    """Let the caller hear so much of the agent, then let the model notice the caller; gives that time."""
    await call.hears_sound()
    await call.hears(lambda: heard_ms(call) >= after_ms, f"{after_ms} ms of the agent")
    return await session.caller_speaks()


@pytest.mark.parametrize("after_ms", [60, 500, 3000])
async def test_an_answer_already_done_is_silenced(phone: Phone, model: Model, after_ms: float) -> None:
    """Early or late: `response.done` is long past, seconds are queued, and the agent still falls silent."""
    model.says = LONG
    call = phone.call("200")
    await call.answered()
    session = await model.session()
    spoke = await interrupt(call, session, after_ms)
    cut = await session.got("conversation.item.truncate")
    last = await call.hears_silence(200)
    assert (last - spoke) / MS < SOON_MS
    assert cut["item_id"] == "item_1"
    assert cut["audio_end_ms"] == pytest.approx(heard_ms(call), abs=20)
    assert tone.clicks(call.media.heard()) == []


async def test_an_answer_on_its_way_is_silenced(phone: Phone, model: Model) -> None:
    """While the model still sends, the agent falls silent and what comes late is never heard."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    response = await session.start_response()
    item = await session.start_item(response)
    await session.speak(response, item, LONG)
    await interrupt(call, session, 300)
    await session.speak(response, item, OTHER)
    await session.end_response(response, "cancelled")
    cut = await session.got("conversation.item.truncate")
    await call.hears_silence(300)
    assert cut["audio_end_ms"] == pytest.approx(heard_ms(call), abs=20)
    assert tone.share(call.media.heard(), 880) < 0.01


async def test_items_that_nobody_heard_are_forgotten(phone: Phone, model: Model) -> None:
    """Of two items in one response the first is truncated and the second, not begun, is deleted."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    response = await session.start_response()
    for pcm in (LONG, OTHER):
        item = await session.start_item(response)
        await session.speak(response, item, pcm)
        await session.end_item(response, item)
    await session.end_response(response)
    await interrupt(call, session, 300)
    assert (await session.got("conversation.item.truncate"))["item_id"] == "item_1"
    assert (await session.got("conversation.item.delete"))["item_id"] == "item_2"


async def test_the_second_item_is_cut_where_it_was(phone: Phone, model: Model) -> None:
    """When the second item is on air, its own milliseconds count, not the first one's."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    response = await session.start_response()
    for pcm in (tone.sine(440, 800, rate=RATE), LONG):
        item = await session.start_item(response)
        await session.speak(response, item, pcm)
        await session.end_item(response, item)
    await session.end_response(response)
    await interrupt(call, session, 1300)
    cut = await session.got("conversation.item.truncate")
    await call.hears_silence(200)
    assert cut["item_id"] == "item_2"
    assert cut["audio_end_ms"] == pytest.approx(heard_ms(call) - 800, abs=30)


async def test_a_refused_truncation_harms_nothing(phone: Phone, model: Model) -> None:
    """An error for the truncation is noted; the next turn is answered and heard."""
    model.says = LONG
    model.refuses_truncation = True
    call = phone.call("200")
    await call.answered()
    session = await model.session()
    spoke = await interrupt(call, session, 300)
    await session.got("conversation.item.truncate")
    await call.hears_silence(100)
    await session.caller_stops()
    await session.respond(OTHER)
    await call.hears_sound(since=spoke + 100 * MS)
    await call.hears_silence()
    assert not call.over
    assert tone.spans(call.media.heard(), join_ms=100)[-1].ms == pytest.approx(2000, abs=30)


async def test_speaking_when_all_was_heard_cuts_nothing(phone: Phone, model: Model) -> None:
    """The agent has finished: no truncation, and the next answer is heard whole."""
    model.says = tone.sine(440, 400, rate=RATE, fade_ms=5)
    call = phone.call("200")
    await call.answered()
    session = await model.session()
    await call.hears_sound()
    await call.hears_silence(300)
    spoke = await session.caller_speaks()
    await session.caller_stops()
    await session.respond(OTHER)
    await call.hears_sound(since=spoke)
    await call.hears_silence()
    assert session.events("conversation.item.truncate") == []
    assert [round(span.ms, -2) for span in tone.spans(call.media.heard(), join_ms=100)] == [400, 2000]


async def test_interrupting_again_and_again(phone: Phone, model: Model) -> None:
    """Five interruptions in one call: each answer is cut where the caller stopped hearing it."""
    model.says = LONG
    call = phone.call("200")
    await call.answered()
    session = await model.session()
    since, heard_before = 0, 0.0
    for turn in range(1, 6):
        await call.hears_sound(since=since)
        wanted = heard_before + 150 + 130 * turn
        await call.hears(partial(_has_heard, call, wanted), f"{wanted} ms in all")
        since = await session.caller_speaks(f"caller_{turn}")
        cut = await session.got("conversation.item.truncate", turn)
        since = await call.hears_silence(150) + MS
        assert cut["item_id"] == f"item_{turn}"
        assert cut["audio_end_ms"] == pytest.approx(heard_ms(call) - heard_before, abs=20)
        heard_before = heard_ms(call)
        await session.caller_stops(f"caller_{turn}")
        await session.respond(LONG)


async def test_the_caller_speaks_over_the_embedded_server(phone: Phone) -> None:
    """With a server that listens, the caller's voice alone silences the agent."""
    call = phone.call("100")
    await call.answered()
    await call.hears_sound()
    await call.hears(lambda: heard_ms(call) >= 500, "500 ms of the greeting")
    said = call.media.say(tone.sine(700, 500))
    await call.hears_silence(200)
    assert said.started_at
    assert heard_ms(call) < 1200
