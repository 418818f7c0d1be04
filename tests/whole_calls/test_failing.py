"""When something is missing, broken or gone: a status, a reason, a clear line, and the others go on."""

from __future__ import annotations

import asyncio
import base64
import signal
import time
from collections.abc import Callable
from http import HTTPStatus

import numpy as np
import pytest

from gateway.media.plane import native_available
from tests.equipment import tone
from tests.equipment.model import RATE, Event, Model, Session
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.sounds import speech

Start = Callable[..., Gateway]

SHORT = tone.sine(880, 600, rate=RATE, fade_ms=5)

# --- the model ---


async def test_a_model_that_is_not_there(phone: Phone, gateway: Gateway) -> None:
    """503 before any answer, so that a proxy can try elsewhere; never 200 and silence."""
    call = phone.call("300")
    with pytest.raises(Rejected) as refused:
        await call.answered()
    assert refused.value.status == 503
    assert 200 not in call.times
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("failed", "session_unavailable")


async def test_a_model_that_refuses(phone: Phone, model: Model) -> None:
    """A provider that refuses the connection is a 503 to the caller."""
    model.refuses = HTTPStatus.UNAUTHORIZED
    with pytest.raises(Rejected) as refused:
        await phone.call("200").answered()
    assert refused.value.status == 503


async def test_a_model_that_has_enough(gateway_process: Start, pump: Pump) -> None:
    """An account at its limit is tried for a few seconds, then it is a 503; the next call is one at once."""
    async with Model() as busy:
        busy.refuses = HTTPStatus.TOO_MANY_REQUESTS
        # Its own gateway: what an account has answered counts for the calls after this one.
        own = gateway_process({"busy": agent("200", busy.url)}, "--no-local")
        async with Phone(own.sip, pump) as phone:
            for bound_ms in (20_000, 1000):
                call = phone.call("200")
                with pytest.raises(Rejected) as refused:
                    await call.answered(25)
                assert refused.value.status == 503
                assert (refused.value.response.at - call.times["INVITE"]) / MS < bound_ms


async def test_a_model_that_vanishes_before_the_answer(phone: Phone, model: Model) -> None:
    """The session is lost while it rings, and no other can be had: 503."""
    model.confirms = False
    call = phone.call("200")
    session = await model.session()
    model.refuses = HTTPStatus.SERVICE_UNAVAILABLE
    session.cut()
    with pytest.raises(Rejected) as refused:
        await call.answered(30)
    assert refused.value.status == 503


async def test_a_session_lost_in_the_call_is_replaced(phone: Phone, model: Model) -> None:
    """The line stays up: another session is opened, told what was said, and the agent speaks on."""
    call = phone.call("200")
    await call.answered()
    await call.hears_sound()
    first = await model.session()
    first.cut()
    second = await model.session(2)
    await second.got("session.update")
    _, item = await second.respond(tone.sine(700, 600, rate=RATE))
    assert item
    await call.hears(
        lambda: any(round(t.frequency, -1) == 700 for t in tone.tones(call.media.heard())), "700 Hz"
    )
    assert not call.over
    await call.hang_up()


WORDS = "Our shop is in Harbour Street, next to the old town hall, and the bus stops at the door."


@pytest.mark.parametrize("known", ["in pieces", "whole"])
async def test_half_an_answer_is_remembered_as_half(phone: Phone, model: Model, known: str) -> None:
    """The words of an answer come before its sound: the next session is told those that were spoken."""
    model.says = None
    call = phone.call("201")
    await call.answered()
    first = await model.session()
    response = await first.start_response()
    item = await first.start_item(response)
    place = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    await first.send("response.output_audio_transcript.delta", **place, delta=WORDS)
    if known == "whole":
        await first.send("response.output_audio_transcript.done", **place, transcript=WORDS)
    await first.speak(response, item, tone.sine(440, 2800, rate=RATE))  # some 5700 ms are to come
    await call.hears_sound()
    first.cut()
    second = await model.session(2)
    await second.got("response.create")
    (told,) = [
        event["item"]["content"][0]["text"]
        for event in second.events("conversation.item.create")
        if event["item"].get("role") == "assistant"
    ]
    assert told.endswith(" ...")
    assert WORDS.startswith(told.removesuffix(" ..."))
    assert 0.3 < len(told) / len(WORDS) < 0.7


@pytest.mark.parametrize("answering", [False, True], ids=["in the turn", "before its answer"])
@pytest.mark.parametrize("key", ["", "*"], ids=["turns by voice", "turns by key"])
async def test_a_turn_of_our_own_outlives_its_session(
    phone: Phone, model: Model, key: str, answering: bool
) -> None:
    """Where the gateway finds the turns: the next session hears all that was said, and answers it once."""
    model.says = SHORT
    call = phone.call("213" if key else "212")
    await call.answered()
    first = await model.session()
    await call.hears_sound()
    await call.hears_silence()
    model.says = None
    if key:
        await call.said(call.media.press(key))
    said = call.media.say(speech("sum"))
    if answering:
        if key:
            call.media.press(key)
        await first.got("response.create", 2)
        first.cut()
    else:
        await first.until(lambda: len(first.heard) > RATE)  # half a second
        first.cut()
        await call.said(said)
        if key:
            call.media.press(key)
    model.says = SHORT
    second = await model.session(2)
    asked = await second.got("response.create")
    since = await call.hears_sound(asked["at"])
    await call.hears_silence(1000)
    told = [item for item in second.events("conversation.item.create") if "audio" in str(item["item"])]
    assert len(told) == answering
    pcm = base64.b64decode(told[0]["item"]["content"][0]["audio"]) if told else bytes(second.heard)
    heard_ms = tone.sound_ms(np.frombuffer(pcm, np.int16), rate=RATE, floor_db=-45)
    # PyPI's PJSIP tells of a key some packets after its first: on a busy machine the turn begins as late.
    whole = 0.95 if native_available() else 0.9
    assert heard_ms > whole * tone.sound_ms(speech("sum"), floor_db=-45)
    assert len(second.events("response.create")) == 1
    assert tone.sound_ms(call.media.heard(since)) == pytest.approx(600, abs=30)


async def test_a_model_that_vanishes_for_good(phone: Phone, model: Model, gateway: Gateway) -> None:
    """Nothing can be had any more: the caller hears an apology and the call is ended."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    model.refuses = HTTPStatus.UNAUTHORIZED
    session.cut()
    await call.hears_sound(patient_seconds=30)
    await call.ended(30)
    (apology,) = tone.spans(call.media.heard(), join_ms=700)
    assert apology.ms > 2000
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("failed", "session_lost")


async def test_errors_that_end_nothing(phone: Phone, model: Model) -> None:
    """An error event, an unknown event, an empty one and nonsense in a delta: the call goes on."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await session.fail("some_new_error", "nobody has heard of it")
    await session.send("response.something.nobody.knows", surprise=[1, 2, 3])
    await session.socket.send("{}")
    await session.send("response.output_audio.delta", response_id="r", item_id="i", delta="!!! not base64")
    _, item = await session.respond(tone.sine(440, 600, rate=RATE))
    assert item
    await call.hears_sound()
    await call.hears_silence()
    assert tone.sound_ms(call.media.heard()) == pytest.approx(600, abs=30)
    assert not call.over


# --- the caller ---


async def test_a_silent_caller_is_let_go(phone: Phone, model: Model, gateway: Gateway) -> None:
    """Nobody speaks for as long as the plan allows: BYE, and the reason is known."""
    call = phone.call("400")
    await call.answered()
    started = time.monotonic_ns()
    await call.ended()
    assert 800 < (time.monotonic_ns() - started) / MS < 3000
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("completed", "max_silence")


async def test_a_silent_caller_is_asked_once(phone: Phone, model: Model, gateway: Gateway) -> None:
    """In the plan's words; a caller who answers goes on, one who does not is let go."""
    model.says = SHORT
    call = phone.call("404")
    await call.answered()
    session = await model.session()
    asked = await session.got("response.create")
    assert '"Sind Sie noch da?"' in asked["response"]["instructions"]
    await call.hears_sound()
    await session.caller_speaks()
    await session.caller_stops()
    await session.respond(SHORT)
    again = await session.got("response.create", 2)
    assert again["response"] == asked["response"]
    assert (again["at"] - asked["at"]) / MS > 3000
    assert not call.over
    await call.ended(15)
    assert len(session.events("response.create")) == 2
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("completed", "max_silence")


async def test_a_caller_whom_the_server_asks_in_vain_is_let_go(phone: Phone, gateway: Gateway) -> None:
    """A server with an idle time-out of its own asks every few seconds: that is no conversation."""
    call = phone.call("405")
    await call.answered()
    await call.hears_sound()
    await call.ended(30)
    heard = tone.spans(call.media.heard(), join_ms=200)
    assert [round(span.ms, -2) for span in heard] == [500, 500, 500]  # the greeting, and asked twice
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("completed", "max_silence")


async def test_a_vanished_caller_is_noticed(phone: Phone, model: Model, gateway: Gateway, pump: Pump) -> None:
    """A phone without power: no RTP, no BYE. The call ends by itself within 20 s, session included."""
    model.says = tone.sine(440, 40_000, rate=RATE)
    call = phone.call("200")
    await call.answered()
    await call.hears_sound()
    await call.listens(300)  # a call that never had RTP is given longer: its phone may still be starting
    session = await model.session()
    pump.stop(call.media)
    phone.deaf = True
    line = await gateway.said("call.ended", 22, sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("failed", "no_media")
    await session.until(session.closed.is_set)


# --- the process ---


async def test_a_port_in_use(gateway: Gateway, gateway_process: Start) -> None:
    """A second gateway on the same address says which one is taken and what to do, and ends with 1."""
    second = gateway_process(
        {"any": agent("1", "ws://127.0.0.1:9/")}, "--no-local", sip_port=gateway.sip[1], wait=False
    )
    assert await asyncio.to_thread(second.wait, 20) == 1
    (line,) = [text for text in second.text if str(gateway.sip[1]) in text]
    assert "in use" in line
    assert "--sip" in line


@pytest.mark.parametrize("address", ["::1:5060", "[fe80::1%lo]:5060"])
async def test_an_address_of_ipv6_that_cannot_be_had(gateway_process: Start, address: str) -> None:
    """One line says what to write instead."""
    plans = {"any": agent("1", "ws://127.0.0.1:9/")}
    process = gateway_process(plans, "--no-local", "--sip", address, wait=False)
    assert await asyncio.to_thread(process.wait, 20) in (1, 2)
    (line,) = [text for text in process.text if "write an IPv" in text]
    assert "IPv6" in line
    assert "Traceback" not in "\n".join(process.text)


async def test_a_plan_with_a_typo(gateway_process: Start) -> None:
    """A wrong key is named with its file and its value, and nothing is served."""
    broken = {"numbers": ["1"], "agent": {"voise": "heart"}}
    process = gateway_process({"reception": broken}, "--no-local", wait=False)
    assert await asyncio.to_thread(process.wait, 20) == 1
    told = "\n".join(process.text)
    assert "reception.yaml" in told
    assert "voise" in told
    assert "Traceback" not in told


async def test_draining(gateway_process: Start, local_server: LocalServer, pump: Pump) -> None:
    """SIGTERM: new calls get 503 with Retry-After, the one there may end in peace, then the process ends."""
    own = gateway_process({"tone": agent("100", local_server.url)}, "--no-local")
    async with Phone(own.sip, pump) as phone:
        call = phone.call("100")
        await call.answered()
        await call.hears_sound()
        own.popen.send_signal(signal.SIGTERM)
        await own.said("gateway.draining")
        with pytest.raises(Rejected) as refused:
            await phone.call("100").answered()
        assert refused.value.status == 503
        assert int(refused.value.response.header("Retry-After")) > 0
        await call.listens(300)
        assert not call.over
        await call.hang_up()
        assert await asyncio.to_thread(own.wait, 10) == 0


async def test_stragglers_get_a_bye(gateway_process: Start, local_server: LocalServer, pump: Pump) -> None:
    """A call that outlasts the drain is ended with a BYE, not dropped."""
    own = gateway_process(
        {"tone": agent("100", local_server.url)}, "--no-local", env={"GATEWAY_DRAIN_SECONDS": "0.3"}
    )
    async with Phone(own.sip, pump) as phone:
        call = phone.call("100")
        await call.answered()
        await call.hears_sound()
        own.popen.send_signal(signal.SIGTERM)
        await call.ended()
        assert await asyncio.to_thread(own.wait, 10) == 0
        assert own.events("call.ended", sip_call_id=call.call_id, reason="shutdown")


class Refusing(Session):
    """Refuses what it has not got, as the hosted service does, and says nothing else by itself."""

    deaf = False

    async def _take(self, event: Event, tasks: asyncio.TaskGroup) -> None:
        await super()._take(event, tasks)
        if event["type"] == "conversation.item.retrieve" and not self.deaf:
            await self.fail("item_retrieve_invalid_item_id", "there is no such item", event["event_id"])


async def test_a_silent_caller_leaves_no_errors_at_the_provider(phone: Phone, model_port: int) -> None:
    """Nothing is asked of a session while nobody waits for anything of it."""
    model = Model(model_port)
    model.makes = Refusing
    async with model:
        call = phone.call("201")
        await call.answered()
        session = await model.session()
        await call.listens(8000)
        assert session.events("conversation.item.retrieve") == []
        await call.hang_up()


async def test_a_session_that_hears_nothing_any_more_is_replaced(phone: Phone, model_port: int) -> None:
    """It takes all the caller's words and says nothing to them: asked once, and the next one hears them."""
    model = Model(model_port)
    model.makes = Refusing
    async with model:
        call = phone.call("201")
        await call.answered()
        first = await model.session()
        first.deaf = True  # type: ignore[attr-defined] # one of `makes`
        await call.said(call.media.say(tone.sine(600, 800, fade_ms=5)))
        second = await model.session(2, 20)
        assert len(first.events("conversation.item.retrieve")) == 1
        await second.until(lambda: len(second.caller()) > 3 * RATE)
        (span,) = tone.spans(second.caller(), rate=RATE, join_ms=30)
        assert span.ms == pytest.approx(800, abs=60)
        await call.hang_up()
