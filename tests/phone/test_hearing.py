"""When somebody speaks, measured on sound whose times are known."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.phone.hearing import FRAME_S, PAUSE_S, RATE, PhoneHearing, Utterance, trimmed
from tests.equipment import tone

FRAME_MS = 20


def heard(*parts: tone.Pcm) -> PhoneHearing:
    """Hear some pieces of sound one after the other, in one piece."""
    hearing = PhoneHearing()
    hearing.hear(tone.join(parts).tobytes())
    return hearing


def voice(ms: float, level_db: float = -12) -> tone.Pcm:
    return tone.sine(300, ms, rate=RATE, level_db=level_db)


def pause(ms: float) -> tone.Pcm:
    return tone.silence(ms, rate=RATE)


def times(utterance: Utterance) -> tuple[float, float]:
    return pytest.approx((utterance.start, utterance.end), abs=1e-6)


@pytest.mark.parametrize("start_ms", [0, 200, 1000])
@pytest.mark.parametrize("ms", [20, 500])
def test_beginning_and_end_are_right_to_a_frame(start_ms: int, ms: int) -> None:
    """Sound on the grid is found to the sample."""
    hearing = heard(pause(start_ms), voice(ms), pause(900))
    (found,) = hearing.utterances
    assert times(found) == (start_ms / 1000, (start_ms + ms) / 1000)
    assert found.finished


def test_sound_off_the_grid_is_found_within_a_frame() -> None:
    """A caller's stop-watch is no better."""
    hearing = heard(pause(107), voice(333), pause(900))
    (found,) = hearing.utterances
    assert found.start == pytest.approx(0.107, abs=FRAME_S)
    assert found.end == pytest.approx(0.440, abs=FRAME_S)


def test_pieces_make_no_difference() -> None:
    """Frame by frame or a second at once: the same utterances."""
    sound = tone.join([pause(100), voice(500), pause(1000), voice(200), pause(900)])
    at_once, piecewise = heard(sound), PhoneHearing()
    for start in range(0, len(sound), RATE * FRAME_MS // 1000):
        piecewise.hear(sound[start : start + RATE * FRAME_MS // 1000].tobytes())
    assert piecewise.utterances == at_once.utterances
    assert piecewise.now == pytest.approx(2.7)


def test_a_breath_does_not_end_an_utterance() -> None:
    """Sentences of one answer belong together; a longer pause is somebody who has finished."""
    short, long = PAUSE_S * 1000 - FRAME_MS, PAUSE_S * 1000
    assert len(heard(voice(200), pause(short), voice(200)).utterances) == 1
    assert len(heard(voice(200), pause(long), voice(200)).utterances) == 2


def test_somebody_speaks_until_the_pause_is_over() -> None:
    """Whether they have finished is known only then; the end is where the sound was last."""
    hearing = heard(voice(200), pause(PAUSE_S * 1000 - FRAME_MS))
    assert hearing.speaking is hearing.utterances[0]
    assert not hearing.utterances[0].finished
    hearing.hear(pause(FRAME_MS).tobytes())
    assert hearing.speaking is None
    assert times(hearing.utterances[0]) == (0.0, 0.2)


@pytest.mark.parametrize("level_db", [-30, -12, -3])
def test_quiet_speech_is_speech(level_db: int) -> None:
    """Down to what a person would still call a voice."""
    assert len(heard(pause(100), voice(200, level_db)).utterances) == 1


def test_what_g711_makes_of_silence_is_silence() -> None:
    """Idle codes of both laws, and comfort noise at -60 dBFS."""
    idle = np.repeat(np.concatenate([tone.ulaw_decode(b"\xff\x7f"), tone.alaw_decode(b"\xd5\x55")]), 6000)
    noise = np.random.default_rng(1).normal(0, 32768 * 10 ** (-60 / 20), RATE).astype(np.int16)
    assert heard(idle.astype(np.int16), noise).utterances == []


def test_nothing_heard_is_nothing_said() -> None:
    """Before the first audio, time has not begun."""
    hearing = PhoneHearing()
    hearing.hear(b"")
    assert (hearing.now, hearing.utterances, hearing.speaking) == (0.0, [], None)


def test_trimming_leaves_what_was_said() -> None:
    """Silence before and behind goes, pauses within stay: a delay is measured from the last sound."""
    sound = tone.join([pause(300), voice(200), pause(400), voice(100), pause(500)])
    left = np.frombuffer(trimmed(sound.tobytes()), np.int16)
    assert len(left) / RATE == pytest.approx(0.7, abs=0.002)
    assert abs(int(left[0])) > 200
    assert abs(int(left[-1])) > 200


@pytest.mark.parametrize("sound", [b"", bytes(9600)])
def test_nothing_is_left_of_silence(sound: bytes) -> None:
    """However long it was."""
    assert trimmed(sound) == b""


def test_the_loudest_sample_is_sound() -> None:
    """-32768 has no positive twin in 16 bits."""
    lowest = np.array([0, -32768, 0], np.int16)
    assert trimmed(lowest.tobytes()) == lowest[1:2].tobytes()
