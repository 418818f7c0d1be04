"""The voice detector, by itself and through the ports of both planes: real callers, and what is none."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.media_port import PHONE_TICK, MediaPort
from gateway.media.port_events import Event, MarkPlayed, PortFlushed, VoiceChanged
from gateway.media.voice import HANG_OVER, VoiceDetector, energy, is_tone
from tests.equipment import tone
from tests.media.lines import cadence, mixed, noise, ring, scaled, telephone
from tests.sounds import SENTENCES, speech

TICK_MS = 20
LEAD_MS = 1000


def events(port: MediaPort, caller: tone.Pcm, agent: tone.Pcm | None = None) -> list[tuple[int, Event]]:
    """Let a port hear a caller; give what it reports, each with the ms since the beginning."""
    if agent is not None:
        port.play(1, np.repeat(agent, 3).tobytes())  # as loud as at 8 kHz
    found: list[tuple[int, Event]] = []
    for tick in range(len(caller) // PHONE_TICK):
        port.exchange(caller[tick * PHONE_TICK : (tick + 1) * PHONE_TICK].tobytes())
        found += [((tick + 1) * TICK_MS, event) for event in port.events()]
    return found


def starts(port: MediaPort, caller: tone.Pcm, agent: tone.Pcm | None = None) -> list[int]:
    """When voices began, in ms."""
    port.detect(True)
    return [
        at for at, event in events(port, caller, agent) if isinstance(event, VoiceChanged) and event.started
    ]


def spoken(name: str, *, snr_db: float | None = None) -> tone.Pcm:
    """A sentence between two seconds of silence, or of noise, over a telephone line."""
    pcm = tone.join([tone.silence(LEAD_MS), speech(name), tone.silence(LEAD_MS)])
    return telephone(pcm if snr_db is None else mixed(pcm, noise(len(pcm), -20 - snr_db)))


@pytest.mark.parametrize("name", SENTENCES)
@pytest.mark.parametrize("snr_db", [None, 15.0])
def test_a_caller_is_noticed_soon(port: MediaPort, name: str, snr_db: float | None) -> None:
    """Whole sentences, clean or with noise: at most 220 ms after the first sound, never before it."""
    first, *_ = starts(port, spoken(name, snr_db=snr_db))
    assert LEAD_MS < first <= LEAD_MS + 220


def test_a_voice_begins_and_ends_once(port: MediaPort) -> None:
    """Its beginning and end say how long ago they were; pauses between words are no ends."""
    port.detect(True)
    (on, began), *_, (off, ended) = events(port, spoken("goodbye"))
    assert isinstance(began, VoiceChanged)
    assert isinstance(ended, VoiceChanged)
    assert (began.started, ended.started) == (True, False)
    assert on - began.ago_ms == pytest.approx(LEAD_MS, abs=150)
    assert ended.ago_ms == HANG_OVER * TICK_MS
    assert off - ended.ago_ms == pytest.approx(LEAD_MS + len(speech("goodbye")) / 8, abs=250)


def test_nothing_is_reported_unless_asked_for(port: MediaPort) -> None:
    """Off at the start, and again when switched off; switched on again it begins afresh."""
    caller = spoken("sum")
    assert events(port, caller) == []
    assert starts(port, caller)
    port.detect(False)
    assert events(port, caller) == []
    assert starts(port, caller)


def test_voices_stand_in_order_among_other_events(port: MediaPort) -> None:
    """A flush, then a voice, then a mark are reported as they happened."""
    port.detect(True)
    port.play(1, tone.sine(440, 40, rate=24_000).tobytes())
    port.flush()
    caller = spoken("sum")
    half = 150 * PHONE_TICK
    first = events(port, caller[:half])
    port.mark(7)
    kinds = [type(event) for _, event in first + events(port, caller[half : half + PHONE_TICK])]
    assert kinds[:2] == [PortFlushed, VoiceChanged]
    assert kinds[-1] is MarkPlayed


def test_a_reader_that_sleeps_is_told_what_holds_then(port: MediaPort) -> None:
    """Minutes of talk without a look at the events: the native port keeps only so many, in order."""
    port.detect(True)
    once = spoken("sum").tobytes()
    ticks = len(once) // (2 * PHONE_TICK)
    for tick in range(40 * ticks):
        at = tick % ticks * 2 * PHONE_TICK
        port.exchange(once[at : at + 2 * PHONE_TICK])
    voices = [event.started for event in port.events() if isinstance(event, VoiceChanged)]
    assert len(voices) >= 8
    assert voices == [index % 2 == 0 for index in range(len(voices))]
    assert starts(port, spoken("sum"))  # and it goes on


# --- what is no voice --------------------------------------------------------------------------------

SILENT_LINE = noise(8 * 1000, -55)

NO_VOICE = {
    "noise of a line": noise(8 * 20_000, -50),
    "ringback, America": cadence((440, 480), 2000, 1000, 3),
    "ringback, Europe": cadence((425,), 1000, 1000, 3),
    "dial tone": cadence((350, 440), 3000, 100, 1),
    "busy": cadence((480, 620), 500, 500, 4),
    "fax": cadence((1100,), 500, 500, 4),
    "keys": tone.join([cadence((697, 1209), 100, 100, 5), cadence((941, 1477), 70, 70, 5)]),
    "clicks": tone.join([tone.join([ring(300), noise(80, -12)]) for _ in range(10)]),
}


@pytest.mark.parametrize("what", NO_VOICE)
def test_other_sounds_are_no_voice(port: MediaPort, what: str) -> None:
    """Tones, keys and clicks interrupt nobody, nor does the noise of a line."""
    sound = tone.join([SILENT_LINE, mixed(NO_VOICE[what], noise(len(NO_VOICE[what]), -60))])
    assert starts(port, telephone(sound)) == []


def test_a_noise_that_begins_is_a_voice_for_three_seconds_at_most(port: MediaPort) -> None:
    """The floor rises to it: a caller is heard over it afterwards."""
    port.detect(True)
    street = mixed(
        tone.join([tone.silence(5000), speech("question")]), noise(8 * 5000 + len(speech("question")), -38)
    )
    found = events(port, telephone(tone.join([SILENT_LINE, street])))
    (_, began), (over, ended), (again, voice), *_ = found
    assert [began.started, ended.started, voice.started] == [True, False, True]  # type: ignore[union-attr]
    assert over < 1000 + 3000
    assert again == pytest.approx(1000 + 5000, abs=250)


@pytest.mark.parametrize("level_db", [-50, -42, -36])
def test_a_noise_that_was_there_first_is_no_voice(port: MediaPort, level_db: float) -> None:
    """A line opens into a noisy room, after a moment without any RTP: nobody has spoken yet."""
    opens = tone.join([tone.silence(310), noise(8 * 3000, level_db)])
    assert starts(port, telephone(opens)) == []


@pytest.mark.parametrize("delay_ms", [0, 40, 100, 200, 400])
def test_our_own_echo_is_no_voice(port: MediaPort, delay_ms: float) -> None:
    """25 dB below what we sent, up to 400 ms later: nobody interrupts himself."""
    agent = tone.join([tone.join([speech(name), tone.silence(300)]) for name in SENTENCES])
    echo = mixed(
        tone.join([tone.silence(delay_ms), scaled(agent, -25)])[: len(agent)], noise(len(agent), -60)
    )
    assert starts(port, telephone(echo), telephone(agent)) == []


def test_a_caller_is_heard_over_the_agent_and_its_echo(port: MediaPort) -> None:
    """Who speaks as loud as people do is noticed as soon as in silence."""
    agent = tone.join([speech("question")] * 3)
    caller = tone.join([tone.silence(LEAD_MS), speech("interruption")])
    caller = tone.join([caller, tone.silence(1000)])[: len(agent)]
    heard = mixed(caller, scaled(agent[: len(caller)], -25))
    first, *_ = starts(port, telephone(heard), telephone(agent))
    assert LEAD_MS < first <= LEAD_MS + 220


# --- the twins ---------------------------------------------------------------------------------------


def test_both_planes_decide_alike(port: MediaPort) -> None:
    """Tick for tick what the pure detector says: C++ and Python use the same numbers in the same order."""
    rng = np.random.default_rng(5)
    pieces = [
        mixed(speech(name), noise(len(speech(name)), level)) for name in SENTENCES for level in (-60, -38)
    ]
    pieces += [noise(int(rng.integers(800, 16_000)), float(level)) for level in rng.uniform(-60, -20, 10)]
    caller = telephone(tone.join(pieces))
    caller = caller[: len(caller) // PHONE_TICK * PHONE_TICK]
    agent = telephone(tone.join([speech("question")] * 20))[: len(caller)]
    twin = VoiceDetector()
    expected = []
    for start in range(0, len(caller), PHONE_TICK):
        if twin.caller(caller[start : start + PHONE_TICK]):
            at = (start // PHONE_TICK + 1) * TICK_MS
            expected.append((at, VoiceChanged(twin.speaking, twin.since * TICK_MS)))
        twin.agent(agent[start : start + PHONE_TICK])
    port.detect(True)
    assert [
        (at, event) for at, event in events(port, caller, agent) if isinstance(event, VoiceChanged)
    ] == expected
    assert len(expected) > 8


def test_tones_are_told_from_speech_and_noise() -> None:
    """One or two sines are predictable; a hiss is not, and digital silence counts as nothing at all."""
    assert is_tone(telephone(ring(20)))
    assert is_tone(telephone(tone.sine(2100, 20)))
    assert is_tone(np.zeros(PHONE_TICK, np.int16))
    assert not is_tone(telephone(noise(PHONE_TICK, -20)))


def test_energy_is_a_mean_square() -> None:
    """Of whole numbers, without rounding."""
    assert energy(np.full(PHONE_TICK, -32768, np.int16)) == 32768.0**2
