"""Recordings of real calls: what is in them is what went over the wire, to the sample."""

from __future__ import annotations

import asyncio
import signal
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.dialplan.model import OnFailure
from gateway.records.call_record import CallRecord
from tests.equipment import patience, tone
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.conftest import is_portable

Starter = Callable[..., Gateway]
WORDS = {"say": OnFailure().hold}
"""Words that are recorded: nobody has to speak them."""


@pytest.fixture(scope="module")
def recording_gateway(
    local_server: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway that records some of its calls."""
    folder = tmp_path_factory.mktemp("recordings")
    plans = {
        "told": agent("100", local_server.url, voice="tone-440-1s", record={"consent": "announce", **WORDS}),
        "asked": agent(
            "101", local_server.url, voice="tone-440-1s", record={"consent": "key", "wait": "300ms", **WORDS}
        ),
        "long": agent(
            "102",
            local_server.url,
            voice="tone-440-60s",
            record={"consent": "announce", **WORDS},
            barge_in={"backchannels": "interrupt"},  # a tone has no words
        ),
    }
    env = {"GATEWAY_RECORDING__FOLDER": str(folder)}
    with Gateway(plans, "--no-local", env=env) as running:
        if is_portable(running):
            pytest.skip("not on this machine: portable mode has no taps")
        running.recordings = folder  # type: ignore[attr-defined]
        yield running


@pytest.fixture
async def phone(recording_gateway: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    """A phone of its caller's."""
    async with Phone(recording_gateway.sip, pump) as ready:
        yield ready


async def record_of(gateway: Gateway, call: Call) -> CallRecord:
    """Wait for the record of a call that is over."""
    async with patience.within(5):
        while True:
            for record in gateway.records():
                if record.sip_call_id == call.call_id and not record.open:
                    return record
            await asyncio.sleep(0.05)


def files(gateway: Any) -> set[Path]:
    """Return all recordings of a gateway."""
    return set(Path(gateway.recordings).rglob("*.wav"))


def sides(gateway: Any, record: CallRecord) -> tuple[tone.Pcm, tone.Pcm]:
    """Return what was recorded of the caller, and of what he was sent."""
    assert record.recording is not None
    with wave.open(str(gateway.recordings / record.recording["file"]), "rb") as file:
        assert file.getframerate() == 8000
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return samples[:, 0], samples[:, 1]


def as_sent(pcm: tone.Pcm) -> bytes:
    """Return the G.711 that PJSIP makes of it: of 14 bits (ITU-T G.711), what is more cut off."""
    value = pcm.astype(np.int32) >> 2
    size = np.minimum(np.abs(value), 8159) + 33
    segment = np.floor(np.log2(size)).astype(np.int32) - 5
    code = (segment << 4) | ((size >> (segment + 1)) & 0x0F)
    return (code ^ np.where(value < 0, 0x7F, 0xFF)).astype(np.uint8).tobytes()


async def test_what_is_recorded_is_what_was_sent_and_heard(phone: Phone, recording_gateway: Gateway) -> None:
    """To the sample on either side; a caller who hangs up ends it where the RTP ended."""
    call = phone.call("100")
    await call.answered()
    await recording_gateway.said("recording.changed")
    noise = (tone.pink_noise(8000) * 4000).astype(np.int16)
    await call.said(call.media.say(noise))
    await call.hears_silence(200)
    await call.listens(400)
    await call.hang_up()
    record = await record_of(recording_gateway, call)
    caller, agents = sides(recording_gateway, record)
    sent = b"".join(packet.payload for packet in call.media.audio())
    recorded = as_sent(agents)
    place = sent.find(recorded[: len(recorded) - 800])
    assert place > 0, "what was recorded left as RTP, and nothing between"
    assert len(sent) - place - len(recorded) <= 1600, "until the call was over"
    assert tone.share(agents[agents.nonzero()[0][0] :][:4000], 440) > 0.8
    spoken = tone.ulaw_decode(tone.ulaw_encode(noise))
    at = caller.tobytes().find(spoken[800:7200].tobytes())
    assert at > 0
    assert record.recording is not None
    assert abs(record.recording["seconds"] - len(agents) / 8000) < 0.01
    assert [moment.what for moment in record.moments][:2] == ["answered", "recording_started"]


async def test_a_barge_in_ends_where_the_rtp_ended(phone: Phone, recording_gateway: Gateway) -> None:
    """To the packet: what the caller heard of the agent before and after it is what was recorded."""
    call = phone.call("102")
    await call.answered()
    await call.hears(lambda: tone.share(call.media.heard()[-2400:], 440) > 0.9, "the agent")
    said = await call.said(call.media.say(tone.sine(300, 500)))
    await call.hears_sound(since=said.ended_at)
    await call.listens(300)
    await call.hang_up()
    record = await record_of(recording_gateway, call)
    _, agents = sides(recording_gateway, record)
    packets = [packet.payload for packet in call.media.audio()]
    recorded = as_sent(agents)
    place = b"".join(packets).find(recorded[: len(recorded) - 800])
    assert place >= 0
    assert place % 160 == 0, "a packet is a tick of the recording"
    heard = [payload.strip(b"\xff\x7f") != b"" for payload in packets[place // 160 :]]
    ticks = [recorded[at : at + 160].strip(b"\xff\x7f") != b"" for at in range(0, len(recorded), 160)]
    end = max(at for at in range(1, len(ticks) - 10) if ticks[at - 1] and not any(ticks[at : at + 10]))
    assert heard[:end] == ticks[:end]
    assert not any(heard[end : end + 10]), "silent from the same packet on"
    assert [moment.what for moment in record.moments].count("barge_in") == 1


@pytest.mark.parametrize("agrees", [True, False])
async def test_nothing_is_written_before_a_yes(
    phone: Phone, recording_gateway: Gateway, agrees: bool
) -> None:
    """A caller who presses no key is served, and not recorded."""
    before = files(recording_gateway)
    call = phone.call("101")
    await call.answered()
    await call.hears_sound()
    assert files(recording_gateway) == before
    if agrees:
        call.media.press("1")
    await call.hears(lambda: tone.share(call.media.heard()[-2400:], 440) > 0.8, "the agent")
    await call.hang_up()
    record = await record_of(recording_gateway, call)
    assert (record.recording is not None) is agrees
    assert len(files(recording_gateway) - before) == agrees
    if agrees:
        assert tone.sound_ms(sides(recording_gateway, record)[1]) >= 40


async def test_recordings_of_a_gateway_that_is_killed(
    gateway_process: Starter, local_server: LocalServer, tmp_path: Path
) -> None:
    """They can be played to within a second of its end, and the records of the lost calls name them."""
    plans = {
        "told": agent("100", local_server.url, voice="tone-440-60s", record={"consent": "announce", **WORDS})
    }
    gateway = gateway_process(plans, "--no-local", env={"GATEWAY_RECORDING__FOLDER": str(tmp_path)})
    if is_portable(gateway):
        pytest.skip("not on this machine: portable mode has no taps")
    with Pump() as pump:
        async with Phone(gateway.sip, pump) as phone:
            calls = [phone.call("100") for _ in range(3)]
            for call in calls:
                await call.answered()
            for call in calls:
                await call.hears(lambda c=call: tone.share(c.media.heard()[-4000:], 440) > 0.9, "the agent")
            await calls[0].listens(1500)
            gateway.popen.send_signal(signal.SIGKILL)
            gateway.wait()
        env = {"GATEWAY_RECORDS__DATABASE": str(gateway.database)}
        next_one = gateway_process(plans, "--no-local", env=env)
        await next_one.said("records.calls_lost")
    records = gateway.records()
    assert [record.result for record in records] == ["lost"] * 3
    for record in records:
        (call,) = (one for one in calls if one.call_id == record.sip_call_id)
        assert record.recording is not None
        with wave.open(str(tmp_path / record.recording["file"]), "rb") as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
        sent = b"".join(packet.payload for packet in call.media.audio())
        place = sent.find(as_sent(samples[:, 1]))
        assert place > 0
        assert len(sent) - place - len(samples) < 8000
