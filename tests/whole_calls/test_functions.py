"""Functions that the model calls in a call, and who speaks of their results: once."""

from __future__ import annotations

from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone

ANSWER = tone.sine(880, 600, rate=RATE, fade_ms=5)
RESULT = tone.sine(660, 600, rate=RATE, fade_ms=5)


async def looks_up(call: Call, model: Model) -> tuple[Session, str]:
    """Have the model call a function in a response that it does not end; wait for the result."""
    model.says = None
    await call.answered()
    session = await model.session()
    response = await session.start_response()
    item = {"id": "fc_1", "type": "function_call", "call_id": "c1", "name": "current_time", "arguments": "{}"}
    where = {"response_id": response, "output_index": 0}
    await session.send("response.output_item.added", **where, item={**item, "status": "in_progress"})
    await session.send(
        "response.function_call_arguments.done", **where, item_id="fc_1", call_id="c1", arguments="{}"
    )
    await session.send("response.output_item.done", **where, item={**item, "status": "completed"})
    await session.got("conversation.item.create")
    return session, response


async def test_a_result_is_spoken_of_when_its_response_has_ended(phone: Phone, model: Model) -> None:
    """The model is asked for it, once."""
    call = phone.call("203")
    session, response = await looks_up(call, model)
    assert session.events("response.create") == []
    model.says = RESULT
    await session.end_response(response)
    await session.got("response.create")
    await call.hears_sound()
    await call.hears_silence(1000)
    assert len(session.events("response.create")) == 1
    assert tone.sound_ms(call.media.heard()) > 550


async def test_a_caller_whom_the_server_answers_is_not_answered_twice(phone: Phone, model: Model) -> None:
    """The caller spoke while the result waited for its response to end: the server's answer is to both."""
    call = phone.call("203")
    session, response = await looks_up(call, model)
    await session.caller_speaks()
    await session.end_response(response, "cancelled")
    await session.caller_stops()
    model.says = RESULT
    await session.respond(ANSWER)
    await call.hears_sound()
    await call.hears_silence(1000)
    assert session.events("response.create") == []
    assert tone.sound_ms(call.media.heard()) < 700


async def test_keys_whose_answer_the_server_gave_are_not_answered_twice(phone: Phone, model: Model) -> None:
    """The caller pressed a key and spoke before there was time for an answer to it."""
    call = phone.call("203")
    session, response = await looks_up(call, model)
    await call.said(call.media.press("5"))
    await session.got("conversation.item.create", 2)
    await session.caller_speaks()
    await session.end_response(response, "cancelled")
    await session.caller_stops()
    model.says = RESULT
    await session.respond(ANSWER)
    await call.hears_sound()
    await call.hears_silence(1000)
    assert session.events("response.create") == []
    assert tone.sound_ms(call.media.heard()) < 700


async def test_a_request_that_came_too_late_is_not_repeated(phone: Phone, model: Model) -> None:
    """The server had begun to answer, knowing the result, and refused our request: its answer is enough."""
    call = phone.call("203")
    session, response = await looks_up(call, model)
    await session.end_response(response)
    await session.got("response.create")
    await session.fail("conversation_already_has_active_response", "Wait until the response is finished.")
    await session.respond(ANSWER)
    await call.hears_sound()
    await call.hears_silence(1000)
    assert len(session.events("response.create")) == 1
    assert tone.sound_ms(call.media.heard()) < 700
