"""Audio between the gateway and a model in other forms than PCM at 24 kHz: callers notice nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.equipment import tone
from tests.equipment.model import Event, Model, Session
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone


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
