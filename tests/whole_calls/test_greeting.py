"""A greeting that the model speaks once: what later callers hear, and what their models know of it."""

from __future__ import annotations

import pytest

from tests.equipment import tone
from tests.equipment.model import RATE, Event, Model, Session
from tests.equipment.patience import SOON_MS
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS
from tests.whole_calls.test_interrupting import heard_ms, interrupt

SOUND = tone.sine(660, 2000, rate=RATE, fade_ms=5)


async def spoken(phone: Phone, model: Model, number: str, words: str) -> None:
    """Hold the first call: its model speaks the greeting."""
    model.says = None
    call = phone.call(number)
    session = await model.session(1)
    await session.got("response.create")
    response = await session.start_response()
    item = await session.start_item(response)
    await session.speak(response, item, SOUND)
    await session.end_item(response, item, words)
    await session.end_response(response)
    await call.answered()
    await call.hears_sound()
    await call.hang_up()


async def again(phone: Phone, model: Model, number: str) -> tuple[Call, Session]:
    """Begin the second call."""
    call = phone.call(number)
    await call.answered()
    return call, await model.session(2)


def told(session: Session) -> list[tuple[str, str]]:
    """What the model was made to remember: roles and words."""
    items: list[Event] = [event["item"] for event in session.events("conversation.item.create")]
    return [(item["role"], item["content"][0]["text"]) for item in items]


async def test_the_second_caller_hears_it_without_a_model(
    phone: Phone, model: Model, gateway: Gateway
) -> None:
    """Sample by sample what the first one heard; the model is told what it has said, and answers as ever."""
    await spoken(phone, model, "220", "Welcome to Acme one.")
    call, session = await again(phone, model, "220")
    first = await call.hears_sound()
    await call.hears_silence()
    assert (first - call.times[200]) / MS < SOON_MS
    heard = call.media.heard()
    (greeting,) = tone.spans(heard, join_ms=200)
    assert greeting.ms == pytest.approx(2000, abs=30)
    assert tone.share(heard[int(greeting.start_ms * 8) : int(greeting.end_ms * 8)], 660) > 0.98
    assert told(session) == [("assistant", "Welcome to Acme one.")]
    assert session.events("response.create") == []
    await session.caller_speaks()
    await session.caller_stops()
    await session.respond(tone.sine(880, 600, rate=RATE, fade_ms=5))
    await call.hears_sound(first + 2100 * MS)
    await call.hang_up()
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert line["first_word_ms"] is not None
    assert session.events("conversation.item.truncate") == []


async def test_the_model_learns_where_it_was_interrupted(phone: Phone, model: Model) -> None:
    """It has no such item to truncate: the words are told anew, as far as they were heard."""
    await spoken(phone, model, "221", "Welcome to Acme two.")
    call, session = await again(phone, model, "221")
    await interrupt(call, session, 1000)
    await call.hears_silence(200)
    assert heard_ms(call) < 1500
    await session.got("conversation.item.delete")
    assert told(session) == [("assistant", "Welcome to Acme two."), ("assistant", "Welcome to ...")]
    whole, cut = session.events("conversation.item.create")
    assert cut["previous_item_id"] == whole["item"]["id"]
    (deleted,) = session.events("conversation.item.delete")
    assert deleted["item_id"] == whole["item"]["id"]
    assert session.events("conversation.item.truncate") == []
    assert session.events("response.cancel") == []


async def test_one_that_may_not_be_interrupted_is_heard_out(
    phone: Phone, model: Model, gateway: Gateway
) -> None:
    """Of a call answered at once; the model hears the caller after it."""
    await spoken(phone, model, "222", "Welcome to Acme three.")
    call, session = await again(phone, model, "222")
    await call.hears_sound()
    await call.said(call.media.say(tone.sine(500, 800)))
    last = await call.hears_silence()
    assert heard_ms(call) == pytest.approx(2000, abs=30)
    await session.until(lambda: session.hears_since)
    assert (session.hears_since - last) / MS > -100
    assert told(session) == [("assistant", "Welcome to Acme three.")]
    assert session.events("response.create") == []
    await call.hang_up()
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["tokens_in"], line["tokens_out"]) == (0, 0)
