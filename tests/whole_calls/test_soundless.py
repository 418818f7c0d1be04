"""Answers that end without a sound: whatever the model did instead, the caller is not left in dead air."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.equipment import patience, tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, Scripted, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump

SPOKEN = tone.sine(880, 600, rate=RATE, fade_ms=5)
WORDS = 'We are open "all day".'


async def writes(session: Session) -> None:
    """Answer in text."""
    response = await session.start_response()
    item = f"text_{len(session.responses)}"
    message = {"id": item, "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    where = {"response_id": response, "output_index": 0}
    await session.send("response.output_item.added", **where, item=message)
    place = {**where, "item_id": item, "content_index": 0}
    await session.send("response.output_text.delta", **place, delta=WORDS)
    await session.send("response.output_text.done", **place, text=WORDS)
    content = [{"type": "output_text", "text": WORDS}]
    done = {**message, "status": "completed", "content": content}
    await session.send("response.output_item.done", **where, item=done)
    await session.end_response(response)


async def gives_nothing(session: Session) -> None:
    """Answer with nothing at all."""
    await session.end_response(await session.start_response())


async def is_cut_short(session: Session) -> None:
    """End by the content filter or the limit of tokens before the first word."""
    await session.end_response(await session.start_response(), "incomplete")


async def is_cancelled(session: Session) -> None:
    """End by the server's own wish."""
    await session.end_response(await session.start_response(), "cancelled")


async def reasons(session: Session) -> None:
    """Think, and say nothing."""
    response = await session.start_response()
    item = {"id": "rs_1", "type": "reasoning", "status": "completed", "summary": []}
    where = {"response_id": response, "output_index": 0}
    await session.send("response.output_item.added", **where, item=item)
    await session.send("response.output_item.done", **where, item=item)
    head = {"id": response, "object": "realtime.response", "status": "completed", "output": [item]}
    await session.send("response.done", response=head)


async def calls_half_a_function(session: Session) -> None:
    """Be cut off in the arguments of a function, which so is not called."""
    response = await session.start_response()
    item = {"id": "fc_1", "type": "function_call", "call_id": "c1", "name": "current_time", "arguments": "{"}
    where = {"response_id": response, "output_index": 0}
    await session.send("response.output_item.added", **where, item={**item, "status": "in_progress"})
    await session.send("response.output_item.done", **where, item={**item, "status": "incomplete"})
    await session.end_response(response, "incomplete")


async def sends_empty_audio(session: Session) -> None:
    """Send audio without a sample."""
    response = await session.start_response()
    item = await session.start_item(response)
    where = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    await session.send("response.output_audio.delta", **where, delta="")
    await session.end_item(response, item, "")
    await session.end_response(response)


async def transcribes(session: Session) -> None:
    """Send the transcript of a speech whose sound never comes."""
    response = await session.start_response()
    item = await session.start_item(response)
    await session.end_item(response, item, WORDS)
    await session.end_response(response)


Soundless = Callable[[Session], Awaitable[None]]
KINDS: list[Soundless] = [
    writes,
    gives_nothing,
    is_cut_short,
    is_cancelled,
    reasons,
    calls_half_a_function,
    sends_empty_audio,
    transcribes,
]


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_without_a_sound_is_asked_for_once_more(
    phone: Phone, model: Model, kind: Soundless
) -> None:
    """Aloud this time; what was written is to be spoken."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await session.caller_speaks()
    await session.caller_stops()
    await kind(session)
    asked = await session.got("response.create")
    assert asked["response"]["output_modalities"] == ["audio"]
    assert ("We are open 'all day'." in asked["response"]["instructions"]) is (kind in (writes, transcribes))
    await session.respond(SPOKEN)
    await call.hears_sound()
    await call.hears_silence(800)
    assert tone.sound_ms(call.media.heard()) == pytest.approx(600, abs=30)
    assert len(session.events("response.create")) == 1


async def test_a_greeting_without_a_sound_is_asked_for_once_more(phone: Phone, model: Model) -> None:
    """In its own words, so that a caller never answers the phone to nobody."""
    model.says = None
    call = phone.call("200")
    session = await model.session()
    first = await session.got("response.create")
    await gives_nothing(session)
    again = await session.got("response.create", 2)
    assert again["response"] == first["response"]
    await session.respond(SPOKEN)
    await call.answered()
    await call.hears_sound()
    await call.hears_silence(800)
    assert tone.sound_ms(call.media.heard()) == pytest.approx(600, abs=30)


async def test_the_embedded_server_plays_it_all(gateway_process: Callable[..., Gateway], pump: Pump) -> None:
    """A script: greetings in text, empty, cut off, cancelled, and two at once; each call is heard."""
    tones = {"tone": 880, "ms": 600}
    kinds: dict[str, list[dict[str, object]]] = {
        "text": [{"text": "Hello."}],
        "empty": [],
        "tokens": [{"end": "max_output_tokens"}],
        "filter": [{"end": "content_filter"}],
        "cancelled": [{"end": "cancelled"}],
    }
    models = {name: {"answers": [{"do": steps}, {"do": [tones]}]} for name, steps in kinds.items()}
    models["beside"] = {"answers": [{"do": [{"tone": 440, "beside": 880, "ms": 600}]}]}
    with Scripted({"models": models}) as server:
        plans = {name: agent(f"50{at}", server.url, model=name) for at, name in enumerate(models)}
        own = gateway_process(plans, "--no-local")
        async with Phone(own.sip, pump) as phone:
            for number in range(len(models)):
                call = phone.call(f"50{number}")
                await call.answered()
                await call.hears_sound()
                await call.hears_silence(800)
                found = [one for one in tone.tones(call.media.heard()) if one.frequency > 800]
                assert [one.ms for one in found] == [pytest.approx(600, abs=125)], list(models)[number]
                await call.hang_up()


async def test_a_model_that_never_speaks_is_spoken_for(phone: Phone, model: Model, gateway: Gateway) -> None:
    """The caller is told in the plan's words, each time within 5 s, and may try again; then the call ends."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    for turn in (1, 2, 3):
        await session.caller_speaks(f"caller_{turn}")
        await session.caller_stops(f"caller_{turn}")
        await writes(session)
        await session.got("response.create", turn)
        since = await session.send("rate_limits.updated", rate_limits=[])
        await gives_nothing(session)
        heard = await call.hears_sound(since)
        assert (heard - since) / MS < 5000 * patience.seconds(1)
        await call.hears_silence(800)
        assert len(session.events("response.create")) == turn
    assert not call.over
    await session.caller_speaks("caller_4")
    await session.caller_stops("caller_4")
    await gives_nothing(session)
    await session.got("response.create", 4)
    await gives_nothing(session)
    await call.ended(20)
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("failed", "session_lost")


async def test_a_response_that_writes_on_and_on_is_no_silence(phone: Phone, model: Model) -> None:
    """Text comes, and comes, and is not heard: the caller is asked for a moment within 5 s."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await session.caller_speaks()
    await session.caller_stops()
    response = await session.start_response()
    place = {"response_id": response, "item_id": "text_1", "output_index": 0, "content_index": 0}
    since = 0
    while not tone.sound_ms(call.media.heard()):
        at = await session.send("response.output_text.delta", **place, delta="and ")
        since = since or at
        await call.listens(200)
        assert (at - since) / MS < 5000 * patience.seconds(1)
    assert not session.events("response.create")


async def test_silence_that_is_right_is_left_alone(phone: Phone, model: Model) -> None:
    """A response that nobody waits for, and one that the caller spoke over, ask for nothing."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await gives_nothing(session)
    await session.caller_speaks()
    await session.caller_stops()
    response = await session.start_response()
    await session.caller_speaks("caller_2")
    await session.end_response(response, "cancelled")
    await call.listens(1500)
    assert session.events("response.create") == []
    assert tone.sound_ms(call.media.heard()) == 0
