"""Audio between the gateway and a model in other forms than PCM at 24 kHz: callers notice nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable

import numpy as np
import pytest

from tests.equipment import tone
from tests.equipment.model import RATE, Event, Model, Session
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

Start = Callable[..., Gateway]


def speaking(kind: str, rate: int) -> type[Session]:
    """Make sessions that say that their audio is of this format, whatever they are asked for."""

    class Stubborn(Session):
        def _session(self) -> Event:
            form = {"type": kind, "rate": rate}
            return {**super()._session(), "audio": {"input": {"format": form}, "output": {"format": form}}}

    return Stubborn


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
async def test_a_session_at_another_rate_sounds_as_it_should(
    phone: Phone, gateway: Gateway, model_port: int, rate: int
) -> None:
    """The agent's tone reaches the phone at its own pitch and length, and the caller's the model."""
    model = Model(model_port)
    model.makes = speaking("audio/pcm", rate)
    model.says = tone.sine(440, 1500, rate=rate, fade_ms=5)
    async with model:
        call = phone.call("200")
        await call.answered()
        await call.hears_sound()
        await call.hears_silence()
        heard = call.media.heard()
        (span,) = tone.spans(heard, join_ms=200)
        assert span.ms == pytest.approx(1500, abs=40)
        assert tone.share(heard[int(span.start_ms * 8) : int(span.end_ms * 8)], 440) > 0.98
        session = await model.session()
        before = len(session.heard)
        await call.said(call.media.say(tone.sine(600, 800, fade_ms=5)))
        await call.listens(500)
        caller = np.frombuffer(bytes(session.heard[before & ~1 :]), np.int16)
        (said,) = tone.spans(caller, rate=rate, join_ms=30)
        assert said.ms == pytest.approx(800, abs=40)
        words = caller[int(said.start_ms * rate / 1000) : int(said.end_ms * rate / 1000)]
        assert tone.share(words, 600, rate=rate) > 0.98
        await call.hang_up()
        line = await gateway.said("call.ended", sip_call_id=call.call_id)
        (fault,) = gateway.events("session.fault", call=line["call"])
        assert f"hears audio/pcm at {rate} Hz" in fault["message"]


async def test_a_session_that_nobody_here_understands_is_refused(
    phone: Phone, gateway: Gateway, model_port: int
) -> None:
    """503 before the answer, and a line that says why; never noise."""
    model = Model(model_port)
    model.makes = speaking("audio/opus", 48_000)
    async with model:
        call = phone.call("200")
        with pytest.raises(Rejected) as refused:
            await call.answered()
        assert refused.value.status == 503
        assert len(model.sessions) == 1
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    (ended,) = gateway.events("session.refused", call=line["call"])
    assert "audio/opus" in ended["message"]


class Narrow(Session):
    """Speaks and hears G.711 where it is asked to, as the hosted service does."""

    async def speak(self, response: str, item: str, pcm: tone.Pcm) -> None:
        """Send speech (8 kHz) in the format of the session."""
        law = self.config["audio"]["output"]["format"]["type"]
        encoded = (tone.ulaw_encode if law == "audio/pcmu" else tone.alaw_encode)(pcm)
        where: Event = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        for at in range(0, len(encoded), 1600):
            piece = base64.b64encode(encoded[at : at + 1600]).decode()
            await self.send("response.output_audio.delta", **where, delta=piece)


def passed(heard: tone.Pcm, said: tone.Pcm) -> bool:
    """Return whether it came out code by code, but for what rises in the first tick after the ACK."""
    coded = tone.ulaw_decode(tone.ulaw_encode(said))[480:]
    return coded.tobytes() in heard.tobytes()


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
async def test_a_call_in_g711_all_the_way(gateway_process: Start, pump: Pump, law: str) -> None:
    """By `wire` of its plan: the right tones at the right length in both directions, and no fault."""
    model = Model()
    model.makes = Narrow
    model.says = tone.sine(440, 1500, fade_ms=5)
    async with model:
        own = gateway_process(
            {"narrow": agent("200", model.url, agent={"wire": law})},
            "--no-local",
        )
        async with Phone(own.sip, pump) as phone:
            call = phone.call("200")
            await call.answered()
            await call.hears_sound()
            await call.hears_silence()
            heard = call.media.heard()
            (span,) = tone.spans(heard, join_ms=200)
            assert span.ms == pytest.approx(1500, abs=40)
            assert tone.share(heard[int(span.start_ms * 8) : int(span.end_ms * 8)], 440) > 0.98
            session = await model.session()
            assert session.config["audio"]["input"]["format"] == {"type": f"audio/{law}"}
            before = len(session.heard)
            await call.said(call.media.say(tone.sine(600, 800, fade_ms=5)))
            await call.listens(500)
            decode = tone.ulaw_decode if law == "pcmu" else tone.alaw_decode
            caller = decode(bytes(session.heard[before:]))
            if law == "pcmu":  # as on the line: neither way is anything filtered, or coded anew
                assert passed(heard, model.says)
                assert passed(caller, tone.sine(600, 800, fade_ms=5))
            (said,) = tone.spans(caller, join_ms=30)
            assert said.ms == pytest.approx(800, abs=40)
            assert tone.share(caller[int(said.start_ms * 8) : int(said.end_ms * 8)], 600) > 0.98
            await session.caller_speaks()  # over nothing: what was heard is counted in what was sent
            await call.hang_up()
        assert own.events("session.fault") == []


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
async def test_the_embedded_server_speaks_g711(
    gateway_process: Start, pump: Pump, local_server: LocalServer, law: str
) -> None:
    """The caller is heard, answered, and interrupts; the model is told what was heard to the packet."""
    plan = agent("100", local_server.url, voice="tone-440-1500ms", agent={"wire": law})
    own = gateway_process({"narrow": plan}, "--no-local")
    async with Phone(own.sip, pump) as phone:
        call = phone.call("100")
        await call.answered()
        await call.hears_sound()
        await call.hears_silence(400)
        said = await call.said(call.media.say(tone.sine(700, 600)))
        await call.hears_sound(since=said.started_at)
        await call.hears_silence()
        lengths = [round(span.ms, -2) for span in tone.spans(call.media.heard(), join_ms=200)]
        assert lengths == [1500, 1500]
        await call.hang_up()
        line = await own.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["turns"], line["faults"]) == ("completed", 1, 0)
    assert own.events("session.fault") == []


EVERY_SETTING = {
    "speed": 1.1,
    "max_output_tokens": 2000,
    "noise_reduction": "near_field",
    "tools": ["hang_up"],
    "tool_choice": "auto",
    "truncation": {"retention_ratio": 0.8},
    "tracing": "auto",
    "transcription": {"model": "gpt-transcribe", "keywords": ["Acme"], "languages": ["en"]},
    "reasoning": "low",
    "temperature": 0.8,
    "safety_identifier": "{caller.number}",
}


async def test_every_setting_of_a_plan_reaches_the_model_or_is_left_out(
    gateway_process: Start, pump: Pump, local_server: LocalServer
) -> None:
    """The embedded server, as strict as the hosted one, takes the update; a caller is greeted."""
    async with Model() as model:
        model.says = tone.sine(440, 600, rate=RATE, fade_ms=5)
        plans = {
            "embedded": agent("100", local_server.url, voice="tone-440-1s", agent=EVERY_SETTING),
            "scripted": agent("200", model.url, agent=EVERY_SETTING),
        }
        own = gateway_process(plans, "--no-local")
        async with Phone(own.sip, pump) as phone:
            for number in ("100", "200"):
                call = phone.call(number)
                await call.answered()
                await call.hears_sound()
                await call.hang_up()
        sent = (await model.session()).config
    assert sent["audio"]["output"]["speed"] == 1.1
    assert sent["audio"]["input"]["noise_reduction"] == {"type": "near_field"}
    assert sent["audio"]["input"]["transcription"]["keywords"] == ["Acme"]
    assert sent["truncation"] == {"type": "retention_ratio", "retention_ratio": 0.8}
    assert not sent.keys() & {"temperature", "reasoning"}  # GA has no temperature, this model does not reason
