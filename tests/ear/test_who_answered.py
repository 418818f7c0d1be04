"""Who has answered, by the sound alone."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.call import AnsweredBy, WhoAnswered
from gateway.ear.who_answered import RATE, AnswerEar
from tests.equipment import tone
from tests.equipment.answered_calls import LASTS_S, Pcm, answered_calls
from tests.sounds import speech

SECOND = np.zeros(RATE, np.int16)
TALKS = speech("sum")[1000:9000]
"""A sentence without the silence at its ends."""


def judged(*pieces: Pcm, rate: int = RATE) -> AnsweredBy:
    """Let an ear hear them, 60 ms at a time, and silence after them."""
    ear = AnswerEar()
    sound = np.concatenate((*pieces, np.zeros(4 * rate, np.int16)))
    for start in range(0, len(sound), 3 * rate // 50):
        if (found := ear.feed(sound[start : start + 3 * rate // 50], rate)) is not None:
            return found
    raise AssertionError("nothing was found")


def test_somebody_says_a_few_words_and_waits() -> None:
    """That is a person, as soon as the silence is long enough."""
    words = speech("sum")
    found = judged(SECOND[:4000], words)
    assert found.who is WhoAnswered.HUMAN
    assert found.after_ms < 500 + len(words) / 8 + 900


def test_somebody_who_does_not_stop_is_a_machine() -> None:
    """Also with the pauses between its sentences."""
    found = judged(*[TALKS] * 4)
    assert found.who is WhoAnswered.MACHINE
    assert "without a pause" in found.why


def test_a_beep_is_a_machine_whoever_spoke_before() -> None:
    """It comes after a pause that is too short for a person's."""
    found = judged(speech("sum"), SECOND[:2400], tone.sine(1000, 400), SECOND)
    assert (found.who, found.why) == (WhoAnswered.MACHINE, "a beep of 1000 Hz")


@pytest.mark.parametrize(
    ("sound", "why"),
    [
        (np.zeros(0, np.int16), "silence"),
        (tone.sine(425, 1000), "a long tone of 422 Hz"),
        ((np.random.default_rng(1).standard_normal(5 * RATE) * 400).astype(np.int16), "noise"),
    ],
)
def test_nobody_speaks(sound: Pcm, why: str) -> None:
    """On a silent line, or one that rings."""
    found = judged(sound)
    assert found.who is WhoAnswered.UNKNOWN
    assert why in found.why


def test_a_wider_line_is_heard_alike() -> None:
    """At 16 kHz, as with G.722."""
    words = np.repeat(speech("sum"), 2)
    assert judged(words, rate=2 * RATE).who is WhoAnswered.HUMAN


def test_it_hears_the_beep_after_it_knows() -> None:
    """Whoever leaves a message waits for it; a tone in the middle of words is none."""
    ear = AnswerEar()
    ear.feed(np.concatenate([TALKS] * 4))
    assert ear.judgement is not None
    assert ear.beeped_at is None
    ear.feed(np.concatenate((SECOND[:4000], tone.sine(800, 300), SECOND[:1600])))
    assert ear.beeped_at is not None
    assert 0 <= ear.heard_ms - ear.beeped_at <= 260
    assert ear.quiet_ms > 0


def test_the_labelled_set_is_heard_rightly() -> None:
    """A few of each kind; `make proofs NAMES=answering` hears all of them, beside another ear."""
    calls = list(answered_calls(each=4))
    if not calls:
        pytest.skip("needs asterisk-core-sounds-en-wav")
    wrong = [one.kind for one in calls if judged(one.pcm).who.value != one.who]
    assert len(wrong) <= len(calls) // 10, wrong
    assert all(len(one.pcm) == LASTS_S * RATE for one in calls)
