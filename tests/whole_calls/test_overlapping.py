"""Models that say two things at once, or go on after their end: the caller hears one voice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.equipment import tone
from tests.equipment.model import RATE, Model
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone

SLICE_MS = 200
FIRST = tone.sine(440, 2000, rate=RATE, fade_ms=5)
SECOND = tone.sine(880, 1600, rate=RATE, fade_ms=5)
SHORT = tone.sine(660, 400, rate=RATE, fade_ms=5)


def slices(pcm: tone.Pcm) -> list[tone.Pcm]:
    step = RATE * SLICE_MS // 1000
    return [pcm[start : start + step] for start in range(0, len(pcm), step)]


def heard(call: Call) -> list[tuple[int, float]]:
    """Return the tones that came, in their order: Hz and ms."""
    found = tone.tones(call.media.heard())
    return [(int(round(one.frequency, -1)), one.ms) for one in found if one.ms >= 120]


def about(*tones: tuple[int, int]) -> list[tuple[int, Any]]:
    """Return what is heard of these tones, to two of the windows in which they are looked for."""
    return [(frequency, pytest.approx(ms, abs=125)) for frequency, ms in tones]


async def test_two_responses_at_once_are_one_voice(phone: Phone, model: Model) -> None:
    """Of two whose audio comes in turns the one that began last is heard; of the other the model learns."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    first = await session.start_response()
    item = await session.start_item(first)
    begun, *rest = slices(FIRST)
    await session.speak(first, item, begun)
    second = await session.start_response()
    other = await session.start_item(second)
    for ours, theirs in zip(slices(SECOND), rest, strict=False):
        await session.speak(second, other, ours)
        await session.speak(first, item, theirs)
    for response, spoken in ((first, item), (second, other)):
        await session.end_item(response, spoken)
        await session.end_response(response)
    await call.hears_sound()
    await call.hears_silence(600)
    assert heard(call) == about((440, 200), (880, 1600))
    cut = await session.got("conversation.item.truncate")
    assert (cut["item_id"], cut["audio_end_ms"]) == (item, pytest.approx(SLICE_MS, abs=5))
    await session.respond(SHORT)
    await call.hears(lambda: heard(call)[-1][0] == 660, "the next answer")
    assert len(session.events("conversation.item.truncate")) == 1


@pytest.mark.parametrize("status", ["cancelled", "completed", "incomplete"])
async def test_what_comes_after_the_end_is_not_heard(phone: Phone, model: Model, status: str) -> None:
    """The tail of a response that is over, or was cut off: the next one is heard alone."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    response = await session.start_response()
    item = await session.start_item(response)
    await session.speak(response, item, SHORT)
    await session.end_response(response, status)
    await session.speak(response, item, FIRST)
    following = await session.start_response()
    other = await session.start_item(following)
    for ours, theirs in zip(slices(SECOND), slices(FIRST), strict=False):
        await session.speak(following, other, ours)
        await session.speak(response, item, theirs)
    await session.end_item(following, other)
    await session.end_response(following)
    await call.hears_sound()
    await call.hears_silence(600)
    assert heard(call) == about((660, 400), (880, 1600))


async def test_two_items_of_one_response_are_heard_in_order(phone: Phone, model: Model) -> None:
    """A word beforehand, and the answer."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    response = await session.start_response()
    for pcm in (SHORT, SECOND):
        item = await session.start_item(response)
        await session.speak(response, item, pcm)
        await session.end_item(response, item)
    await session.end_response(response)
    await call.hears_sound()
    await call.hears_silence(600)
    assert heard(call) == about((660, 400), (880, 1600))
    assert session.events("conversation.item.truncate") == []


async def test_two_items_side_by_side_are_heard_in_order(phone: Phone, model: Model) -> None:
    """Their audio comes in turns, and each is heard whole; the caller cuts the second where they hear it."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    response = await session.start_response()
    items = [await session.start_item(response) for _ in range(2)]
    for ours, theirs in zip(slices(SHORT), slices(SECOND), strict=False):
        await session.speak(response, items[0], ours)
        await session.speak(response, items[1], theirs)
    for theirs in slices(SECOND)[2:]:
        await session.speak(response, items[1], theirs)
    for item in items:
        await session.end_item(response, item)
    await session.end_response(response)
    await call.hears(lambda: tone.sound_ms(call.media.heard()) > 1000, "a second of it")
    await session.caller_speaks()
    cut = await session.got("conversation.item.truncate")
    await call.hears_silence(300)
    (first, second) = heard(call)
    assert ([first], second[0]) == (about((660, 400)), 880)
    assert cut["item_id"] == items[1]
    assert cut["audio_end_ms"] == pytest.approx(tone.sound_ms(call.media.heard()) - 400, abs=30)


async def test_an_answer_never_said_is_forgotten(phone: Phone, model: Model) -> None:
    """Overtaken before its first sound: the model is not to believe that it was heard."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    first = await session.start_response()
    item = await session.start_item(first)
    second = await session.start_response()
    other = await session.start_item(second)
    await session.speak(second, other, SECOND)
    await session.speak(first, item, FIRST)
    for response, spoken in ((second, other), (first, item)):
        await session.end_item(response, spoken)
        await session.end_response(response)
    await call.hears_sound()
    await call.hears_silence(600)
    assert heard(call) == about((880, 1600))
    assert (await session.got("conversation.item.delete"))["item_id"] == item
