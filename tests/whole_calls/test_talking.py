"""A call from its first to its last word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.equipment import patience, tone
from tests.equipment.model import RATE, Model
from tests.equipment.patience import SOON_MS
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.whole_calls.conftest import hang_up_all


async def test_the_agent_greets(phone: Phone, gateway: Gateway) -> None:
    """Ring, answer, and the greeting is heard from its first to its last sample, clean and alone."""
    call = phone.call("100")
    await call.progress(180)
    await call.answered()
    first = await call.hears_sound()
    await call.hears_silence()
    assert (first - call.times[200]) / MS < SOON_MS
    heard = call.media.heard()
    (greeting,) = tone.spans(heard, join_ms=200)
    assert greeting.ms == pytest.approx(1500, abs=30)
    assert tone.share(heard[int(greeting.start_ms * 8) : int(greeting.end_ms * 8)], 440) > 0.98
    assert tone.clicks(heard) == []
    assert call.media.lost() == 0
    await call.hang_up()
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("completed", "caller_hung_up")
    assert len(gateway.events("call.answered", call=line["call"])) == 1


async def test_a_question_is_answered(phone: Phone) -> None:
    """The caller speaks after the greeting; the agent answers when the caller has finished."""
    call = phone.call("100")
    await call.answered()
    await call.hears_sound()
    await call.hears_silence(400)
    said = await call.said(call.media.say(tone.sine(700, 600)))
    answered = await call.hears_sound(since=said.started_at)
    # The server's turn detection waits for 500 ms of silence before it calls the turn over.
    assert 300 < (answered - said.ended_at) / MS < 2000
    await call.hears_silence()
    assert [round(span.ms, -2) for span in tone.spans(call.media.heard(), join_ms=200)] == [1500, 1500]


async def test_the_caller_is_heard_as_spoken(phone: Phone, model: Model) -> None:
    """What the caller says reaches the model at 24 kHz: same tone, same length, no holes, no clicks."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await call.said(call.media.say(tone.sine(600, 800, fade_ms=5)))
    await session.until(lambda: _ended(session.caller()))
    caller = session.caller()
    (span,) = tone.spans(caller, rate=RATE, join_ms=30)
    assert span.ms == pytest.approx(800, abs=40)
    words = caller[int(span.start_ms * 24) : int(span.end_ms * 24)]
    assert tone.share(words, 600, rate=RATE) > 0.98
    assert tone.clicks(caller, rate=RATE) == []


def _ended(pcm: tone.Pcm) -> bool:
    spans = tone.spans(pcm, rate=RATE, join_ms=30)
    return bool(spans) and len(pcm) / 24 - spans[-1].end_ms > 100


async def test_an_echo_comes_back(phone: Phone) -> None:
    """Through both resamplings and both codecs a tone is still itself."""
    call = phone.call("101")
    await call.answered()
    said = await call.said(call.media.say(tone.sine(650, 700, fade_ms=5)))
    await call.hears_sound(since=said.ended_at)
    await call.hears_silence()
    heard = call.media.heard(since=said.ended_at)
    assert max(tone.tones(heard), key=lambda found: found.ms).frequency == pytest.approx(650, abs=3)


async def test_the_gateway_configures_the_session(phone: Phone, model: Model) -> None:
    """The session is configured before anything else is asked for, and the greeting is requested by words."""
    call = phone.call("200")
    await call.answered()
    session = await model.session()
    await session.got("response.create")
    assert [event["type"] for _, event in session.received][:2] == ["session.update", "response.create"]
    assert session.config["type"] == "realtime"
    assert session.config["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert session.config["audio"]["output"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert session.config["audio"]["output"]["voice"] == "tone-440-3s"


async def test_the_caller_hangs_up(phone: Phone, model: Model) -> None:
    """A BYE is answered, the session is closed, and no RTP follows."""
    call = phone.call("200")
    await call.answered()
    await call.hears_sound()
    session = await model.session()
    assert (await call.hang_up()).status == 200
    await session.until(session.closed.is_set)
    over = call.media.packets[-1].at
    await call.listens(200)
    assert call.media.packets[-1].at - over < 60 * MS


async def test_the_agent_hangs_up(phone: Phone, model: Model, gateway: Gateway) -> None:
    """The hang-up tool lets the goodbye be heard to its end, then says BYE."""
    model.says = None
    call = phone.call("202")
    await call.answered()
    session = await model.session()
    response = await session.start_response()
    item = await session.start_item(response)
    await session.speak(response, item, tone.sine(440, 1000, rate=RATE, fade_ms=5))
    await session.end_item(response, item)
    function = {
        "type": "function_call",
        "id": "item_f",
        "call_id": "call_1",
        "name": "hang_up",
        "arguments": "{}",
    }
    function = {**function, "status": "completed", "object": "realtime.item"}
    where = {"response_id": response, "item_id": "item_f", "output_index": 1, "call_id": "call_1"}
    await session.send("response.output_item.added", response_id=response, output_index=1, item=function)
    await session.send(
        "response.function_call_arguments.done", **where, name="hang_up", arguments=json.dumps({})
    )
    await session.send("response.output_item.done", response_id=response, output_index=1, item=function)
    await session.end_response(response)
    bye = await call.ended()
    (goodbye,) = tone.spans(call.media.heard(), join_ms=200)
    assert goodbye.ms == pytest.approx(1000, abs=30)
    assert (bye.at - call.media.packets[-1].at) / MS < SOON_MS
    assert (await gateway.said("call.ended", sip_call_id=call.call_id))["reason"] == "agent_hung_up"


def lines_of(journal: Path) -> list[str]:
    """Return its whole lines so far."""
    return journal.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()


async def test_a_journal_changes_nothing(
    gateway_process: Callable[..., Gateway], model: Model, pump: Pump, tmp_path: Path
) -> None:
    """With a journal a call goes and ends as without, and the journal holds it from start to end."""
    journal = tmp_path / "journal"
    own = gateway_process({"any": agent("200", model.url)}, "--no-local", "--journal", str(journal))
    async with Phone(own.sip, pump) as phone:
        call = phone.call("200")
        await call.answered()
        await call.hears_sound()
        session = await model.session()
        await session.caller_speaks()
        await session.got("conversation.item.truncate")
        await call.hang_up()
        line = await own.said("call.ended", sip_call_id=call.call_id)
        assert (line["result"], line["reason"]) == ("completed", "caller_hung_up")
    wanted = {"SessionReady", "CallerStartedSpeaking", "Flush", "Truncate", "LegEnded"}
    async with patience.within(5):  # it is written by a thread of its own, a moment later
        while not wanted <= {json.loads(text).get("what") for text in lines_of(journal)}:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_calls_one_after_the_other(phone: Phone, gateway: Gateway) -> None:
    """Ten calls in a row find the gateway as the first one did: same descriptors, each greeted."""
    before = 0
    for number in range(10):
        call = phone.call("100")
        await call.answered()
        await call.hears_sound()
        await hang_up_all(phone, gateway)
        if number == 1:
            before = gateway.descriptors()
    assert gateway.descriptors() <= before + 2
