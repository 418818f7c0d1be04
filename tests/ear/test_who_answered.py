"""Who has answered, by the sound alone."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.call import AnsweredBy, CallTone, ToneHeard, WhoAnswered
from gateway.ear.who_answered import RATE, AnswerEar
from tests.equipment import tone
from tests.equipment.answer_listener import listened
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


@pytest.mark.native
def test_a_beep_is_a_machine_whoever_spoke_before() -> None:
    """It comes after a pause that is too short for a person's."""
    line = np.concatenate((speech("sum"), SECOND[:2400], tone.sine(1000, 400), SECOND))
    heard = listened(line)
    assert heard.found is not None
    assert (heard.found.who, heard.found.why) == (WhoAnswered.MACHINE, "a beep")
    assert heard.beep_known_ms is not None
    assert heard.beep_known_ms - 1000 * (len(line) - RATE) / RATE <= 200


@pytest.mark.parametrize(
    ("told", "who"),
    [
        (CallTone.BEEP, WhoAnswered.MACHINE),
        (CallTone.FAX, WhoAnswered.MACHINE),
        (CallTone.SIT, WhoAnswered.MACHINE),
        (CallTone.RINGBACK, WhoAnswered.UNKNOWN),
        (CallTone.BUSY, WhoAnswered.UNKNOWN),
        (CallTone.CONGESTION, WhoAnswered.UNKNOWN),
        (CallTone.DIAL, WhoAnswered.UNKNOWN),
    ],
)
def test_a_tone_tells_at_once(told: CallTone, who: WhoAnswered) -> None:
    """Whatever was heard so far; what is known already stays so."""
    ear = AnswerEar()
    ear.feed(SECOND[:1600])
    found = ear.hear_tone(ToneHeard(told, 80))
    assert found is not None
    assert (found.who, found.after_ms) == (who, 200)
    assert ear.hear_tone(ToneHeard(CallTone.BEEP)) == found


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
    """Whoever leaves a message waits for it, or for a silence."""
    ear = AnswerEar()
    ear.feed(np.concatenate([TALKS] * 4))
    assert ear.judgement is not None
    assert ear.beeped_at is None
    ear.feed(SECOND[:1600])
    assert ear.quiet_ms > 0
    ear.hear_tone(ToneHeard(CallTone.BEEP, 80))
    assert ear.beeped_at == ear.heard_ms - 80


def test_it_sees_a_machine_coming() -> None:
    """Whoever speaks for longer than people do who answer may be one: there is time to get ready."""
    ear = AnswerEar()
    ear.feed(TALKS)
    assert not ear.goes_on
    ear.feed(TALKS)
    assert ear.goes_on
    assert ear.judgement is None


@pytest.mark.native
def test_the_labelled_set_is_heard_rightly() -> None:
    """A few of each kind; `make proofs NAMES=answering` hears all of them, beside another ear."""
    calls = list(answered_calls(each=4))
    if not calls:
        pytest.skip("needs asterisk-core-sounds-en-wav and espeak-ng")
    found = [(one, listened(one.pcm).found) for one in calls]
    wrong = [one.kind for one, who in found if who is None or who.who.value != one.who]
    assert len(wrong) <= len(calls) // 10, wrong
    assert all(len(one.pcm) == LASTS_S * RATE for one in calls)
