"""The local detector: how soon it notices callers, what it mistakes for one, and what that is on the wire.

The first part runs the detector alone over recordings, clean and with noise, as a telephone has them; the
second interrupts a gateway's calls with people's words and looks at the last packet of the agent. Recordings
are Debian's `asterisk-core-sounds-en-wav` where they are installed, and always our own sentences.
"""

from __future__ import annotations

import asyncio
import random
import wave

import numpy as np

from gateway.media.media_port import PHONE_TICK
from gateway.media.plane import media_plane
from gateway.media.port_events import VoiceChanged
from tests.bench.figures import Figure, percentile
from tests.equipment import tone
from tests.equipment.model import RATE, Model, Session
from tests.equipment.programs import Gateway, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump, is_loud
from tests.local.speech import RECORDED
from tests.media.lines import cadence, mixed, noise, scaled, telephone
from tests.sounds import SENTENCES, speech

TURNS = 5
"""Interruptions in each call."""
LEAD_MS = 1500
LOUDNESS_DB = -20.0
HOUR_S = 3600.0


async def run(calls: int = 20, seed: int = 1) -> list[Figure]:
    """Measure the detector, then the gateway with it."""
    return [*_callers(seed), *_others(seed), *await _on_the_wire(calls, seed)]


# --- the detector --------------------------------------------------------------------------------------


def _voices(caller: tone.Pcm, sent: tone.Pcm | None = None) -> list[float]:
    """When voices were noticed, in ms."""
    port = media_plane().port(8000)
    port.detect(True)
    if sent is not None:
        port.play(1, np.repeat(sent, 3).tobytes())  # as loud as at 8 kHz
    found = []
    for start in range(0, len(caller) - PHONE_TICK + 1, PHONE_TICK):
        port.exchange(caller[start : start + PHONE_TICK].tobytes())
        voices = [event for event in port.events() if isinstance(event, VoiceChanged)]
        found += [(start + PHONE_TICK) / 8 for voice in voices if voice.started]
    return found


def _utterances(most: int = 150) -> list[tone.Pcm]:
    """People's words, cut to what is sound, all as loud as a network aims at."""
    found = [speech(name) for name in SENTENCES]
    for path in sorted(RECORDED.glob("*.wav"))[:most] if RECORDED is not None else ():
        with wave.open(str(path)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > 300)
        if "tone" not in path.name and "beep" not in path.name and len(loud) > 1600:
            found.append(pcm[loud[0] : loud[-1] + 1])
    return [_as_loud(pcm) for pcm in found]


def _as_loud(pcm: tone.Pcm, level_db: float = LOUDNESS_DB) -> tone.Pcm:
    active = pcm[np.abs(pcm.astype(np.int32)) > 650]
    return scaled(pcm, level_db - tone.level_db(active if len(active) else pcm))


def _onset_ms(pcm: tone.Pcm) -> float:
    """The first 10 ms within 25 dB of the loudest."""
    levels = [tone.level_db(pcm[start : start + 80]) for start in range(0, len(pcm) - 79, 80)]
    return 10.0 * next(index for index, level in enumerate(levels) if level > max(levels) - 25)


def _callers(seed: int) -> list[Figure]:
    rng = random.Random(seed)
    figures = []
    said = _utterances()
    for name, noise_db in (("clean", None), ("15 dB SNR", LOUDNESS_DB - 15)):
        delays, missed, early = [], 0, 0
        for pcm in said:
            lead = tone.silence(LEAD_MS + rng.uniform(0, 20))
            line = tone.join([lead, pcm, tone.silence(800)])
            if noise_db is not None:
                line = mixed(line, noise(len(line), noise_db, seed))
            onset = len(lead) / 8 + _onset_ms(pcm)
            voices = _voices(telephone(line))
            early += any(at < onset - 30 for at in voices)
            true = [at for at in voices if at >= onset - 30]
            missed += not true
            delays += [true[0] - onset] if true else []
        what = f"detector, {name}"
        figures += [
            Figure(what, "utterances", len(said), ""),
            Figure(what, "onset noticed after p50", percentile(delays, 50), "ms", 100),
            Figure(what, "onset noticed after p90", percentile(delays, 90), "ms", 200),
            Figure(what, "missed", 100 * missed / len(said), "%", 2),
            Figure(what, "noticed too early", 100 * early / len(said), "%", 1),
        ]
    return figures


def _others(seed: int) -> list[Figure]:
    """Count what is taken for a voice and is none, per hour of it."""
    rng = random.Random(seed)
    keys = [(low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477)]
    rings = [cadence(two, 1000, 2000, 10) for two in ((440, 480), (425,), (400, 450))]
    sounds = {
        "line noise -50 dB": noise(8 * 120_000, -50),
        "ringback": tone.join(rings),
        "keys in band": tone.join(
            [cadence(key, rng.uniform(50, 300), rng.uniform(50, 300), 20) for key in keys]
        ),
        "clicks": tone.join(
            [
                tone.join([tone.silence(rng.uniform(200, 900)), noise(rng.randrange(8, 160), -14)])
                for _ in range(100)
            ]
        ),
    }
    figures = []
    for name, pcm in sounds.items():
        line = tone.join([noise(8000, -60), mixed(pcm, noise(len(pcm), -60))])
        count = len(_voices(telephone(line)))
        figures.append(Figure("detector, no voice", f"{name}, alarms an hour", _hourly(count, line), "", 60))
    sent = telephone(tone.join([tone.join([pcm, tone.silence(300)]) for pcm in _utterances(60)]))
    for delay_ms in (40, 200, 400):
        echo = mixed(
            tone.join([tone.silence(delay_ms), scaled(sent, -25)])[: len(sent)], noise(len(sent), -60)
        )
        alarms = _hourly(len(_voices(telephone(echo), sent)), sent)
        figures.append(
            Figure("detector, no voice", f"echo -25 dB after {delay_ms} ms, alarms an hour", alarms, "", 60)
        )
    return figures


def _hourly(count: int, pcm: tone.Pcm) -> float:
    return count * HOUR_S / (len(pcm) / tone.RATE)


# --- the gateway ---------------------------------------------------------------------------------------


async def _on_the_wire(calls: int, seed: int) -> list[Figure]:
    rng = random.Random(seed)
    async with Model() as model:
        model.says = tone.sine(440, 6000, rate=RATE, fade_ms=5)
        plans = {"detecting": agent("200", model.url, barge_in={"detector": "local"})}
        with Gateway(plans, "--no-local") as gateway, Pump() as pump:
            async with Phone(gateway.sip, pump) as phone:
                ups = []
                for index in range(calls):
                    call = phone.call("200")
                    await call.answered(15)
                    ups.append((call, await model.session(index + 1)))
                found = await asyncio.gather(*(_interrupt(call, session, rng) for call, session in ups))
                await asyncio.gather(*(call.hang_up() for call, _ in ups))
    delays = [delay for turns in found for delay in turns]
    name = f"barge-in, local detector, {calls} calls"
    return [
        Figure(name, "interruptions measured", -len(delays), "", -calls * TURNS),
        Figure(name, "speech on the wire to last agent packet p50", percentile(delays, 50), "ms", 150),
        Figure(name, "speech on the wire to last agent packet p99", percentile(delays, 99), "ms"),
        Figure(name, "speech on the wire to last agent packet max", percentile(delays, 100), "ms"),
    ]


async def _interrupt(call: Call, session: Session, rng: random.Random) -> list[float]:
    """Interrupt one call a few times; gives the ms from the first packet of speech to the agent's last."""
    words = [_as_loud(speech(name)) for name in SENTENCES]
    found = []
    since = 0
    for turn in range(1, TURNS + 1):
        await call.hears_sound(since, 15)
        await asyncio.sleep(rng.uniform(0.3, 2.0))
        pcm = rng.choice(words)
        said = call.media.say(pcm[round(8 * _onset_ms(pcm)) :])
        await session.got("conversation.item.truncate", turn)
        await asyncio.sleep(0.3)
        last = [packet for packet in call.media.audio() if packet.at > since and is_loud(packet, 60)][-1].at
        found.append((last - said.started_at) / MS)
        since = last + MS
        # The model takes it for a turn, as it would, and answers when it is over.
        await session.caller_speaks(f"caller_{turn}")
        await call.said(said)
        await asyncio.sleep(0.5)
        await session.caller_stops(f"caller_{turn}")
        if turn < TURNS and session.model.says is not None:
            await session.respond(session.model.says)
    return found
