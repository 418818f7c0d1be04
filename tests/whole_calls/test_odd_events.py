"""Servers that tell a spoken answer in their own way: it is heard once, and cut where the caller cut it."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.wire_phone import Phone

SHORT = tone.sine(440, 600, rate=RATE, fade_ms=5)
LONG = tone.sine(880, 3000, rate=RATE, fade_ms=5)

Told = Callable[[Session, tone.Pcm], Awaitable[str]]
"""Tells an answer; gives the id of its item."""


async def without_a_beginning(session: Session, pcm: tone.Pcm) -> str:
    """Nothing but its audio and its end."""
    response, item = _names(session)
    await session.speak(response, item, pcm)
    await session.end_response(response)
    return item


async def without_an_end(session: Session, pcm: tone.Pcm) -> str:
    """Nothing after its audio."""
    response = await session.start_response()
    item = await session.start_item(response)
    await session.speak(response, item, pcm)
    await session.end_item(response, item)
    return item


async def twice(session: Session, pcm: tone.Pcm) -> str:
    """Every event but its audio is sent a second time."""
    response, item = _names(session)
    head = {"id": response, "object": "realtime.response", "status": "in_progress", "output": []}
    for _ in range(2):
        await session.send("response.created", response=head)
    await session.speak(response, item, pcm)
    for _ in range(2):
        await session.end_item(response, item)
    for _ in range(2):
        await session.end_response(response)
    return item


async def backwards(session: Session, pcm: tone.Pcm) -> str:
    """Its words come first, its beginning in the middle, and its items are told of when all is over."""
    response, item = _names(session)
    place = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    await session.send("response.output_audio_transcript.done", **place, transcript="beep")
    half = len(pcm) // 2
    await session.speak(response, item, pcm[:half])
    head = {"id": response, "object": "realtime.response", "status": "in_progress", "output": []}
    await session.send("response.created", response=head)
    await session.speak(response, item, pcm[half:])
    await session.end_response(response)
    await session.end_item(response, item)
    return item


async def among_others(session: Session, pcm: tone.Pcm) -> str:
    """Events that nobody knows, pings, errors without a code and empty deltas come in between."""
    response = await session.start_response()
    item = await session.start_item(response)
    place = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    step = RATE // 5
    for start in range(0, len(pcm), step):
        await session.send("ping", timestamp=start)
        await session.send("response.something.new", response_id=response, delta="?")
        await session.send("error", error={"type": "server_notice", "message": "nothing of importance"})
        await session.send("response.output_audio.delta", **place, delta="")
        await session.speak(response, item, pcm[start : start + step])
    await session.send("rate_limits.updated", rate_limits=[])
    await session.end_item(response, item)
    await session.end_response(response)
    return item


async def in_odd_bytes(session: Session, pcm: tone.Pcm) -> str:
    """Its audio is cut in the middle of a sample, in the older events' names."""
    response = await session.start_response()
    item = await session.start_item(response)
    audio = pcm.tobytes()
    place: dict[str, Any] = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    for start in range(0, len(audio), 4801):
        delta = base64.b64encode(audio[start : start + 4801]).decode()
        await session.send("response.audio.delta", **place, delta=delta)
    await session.end_response(response)
    return item


def _names(session: Session) -> tuple[str, str]:
    session.responses.append(f"resp_{len(session.responses) + 1}")
    session.items.append(f"item_{len(session.items) + 1}")
    return session.responses[-1], session.items[-1]


@pytest.mark.parametrize(
    "told", [without_a_beginning, without_an_end, twice, backwards, among_others, in_odd_bytes]
)
async def test_an_answer_is_heard_however_it_is_told(phone: Phone, model: Model, told: Told) -> None:
    """Twice, each time once and whole; the second is cut where the caller speaks over it."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await session.caller_speaks()
    await session.caller_stops()
    await told(session, SHORT)
    await call.hears_sound()
    await call.hears_silence(500)
    assert tone.sound_ms(call.media.heard()) == pytest.approx(600, abs=40)
    await session.caller_speaks("caller_2")
    await session.caller_stops("caller_2")
    item = await told(session, LONG)
    await call.hears(lambda: tone.sound_ms(call.media.heard()) > 1200, "some of the second answer")
    await session.caller_speaks("caller_3")
    cut = await session.got("conversation.item.truncate")
    await call.hears_silence(300)
    assert cut["item_id"] == item
    assert cut["audio_end_ms"] == pytest.approx(tone.sound_ms(call.media.heard()) - 600, abs=40)
    assert session.events("response.create") == []
    assert len(model.sessions) == 1


async def test_a_response_that_was_stopped_without_a_word_is_not_waited_for(
    phone: Phone, model: Model
) -> None:
    """The caller speaks over it for long; the session is the same afterwards, and is asked nothing."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    response = await session.start_response()
    item = await session.start_item(response)
    await session.speak(response, item, LONG)
    await call.hears_sound()
    await session.caller_speaks()
    for _ in range(7):
        await call.listens(1000)
        await session.send("rate_limits.updated", rate_limits=[])  # it lives
    await session.caller_stops()
    await session.respond(SHORT)
    await call.hears(lambda: tone.tones(call.media.heard())[-1].frequency < 500, "the answer")
    assert len(model.sessions) == 1
    assert session.events("response.create") == []


async def test_a_caller_whose_end_is_not_told_is_answered(phone: Phone, model: Model) -> None:
    """The turn was taken, and so it is over; the next one is another."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    for turn in (1, 2):
        await session.caller_speaks(f"caller_{turn}")
        await session.send("input_audio_buffer.committed", item_id=f"caller_{turn}", previous_item_id=None)
        await session.respond(SHORT)
        await call.hears(lambda: tone.sound_ms(call.media.heard()) > turn * 600 - 50, "the answer")  # noqa: B023
        await call.hears_silence(400)
    assert tone.sound_ms(call.media.heard()) == pytest.approx(1200, abs=60)
    assert session.events("response.create") == []
