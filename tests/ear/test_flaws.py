"""What is wrong with a sound by itself: none in people's recordings, each where it was planted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gateway.ear.flaws import Flaw, flaws
from gateway.ear.phrases import phrases
from gateway.loadtest.caller_audio import RATE
from tests.equipment.spoken_calls import Pcm, SpokenCall, sentences


def _found(pcm: Pcm) -> list[tuple[Flaw, Any]]:
    call = SpokenCall()
    call.say("agent", pcm)
    agent = call.recorded().agent
    return [(one.flaw, one.at) for one in flaws(agent, RATE, phrases(agent, RATE))]


def _loudest(pcm: Pcm, first: int, last: int) -> int:
    """Return where the loudest 10 ms between two samples begin."""
    frames = pcm[first : first + (last - first) // 80 * 80].reshape(-1, 80).astype(np.float64)
    return first + 80 * int(np.argmax(np.mean(np.square(frames), axis=1)))


def test_people_are_without_flaw() -> None:
    assert [_found(pcm) for pcm in sentences()] == [[]] * len(sentences())


@pytest.mark.parametrize("number", range(4))
def test_words_cut_with_scissors(number: int) -> None:
    pcm = sentences()[number]
    start = _loudest(pcm, 0, len(pcm) // 2)
    end = _loudest(pcm, len(pcm) // 2, len(pcm)) + 80
    (cut,) = _found(pcm[start:])
    assert cut == (Flaw.CLIPPED_START, pytest.approx(0.6, abs=0.002))
    (cut,) = _found(pcm[:end])
    assert cut == (Flaw.CLIPPED_END, pytest.approx(0.6 + end / RATE, abs=0.002))


@pytest.mark.parametrize("number", range(4))
def test_a_lost_packet(number: int) -> None:
    pcm = sentences()[number].copy()
    level = np.convolve(np.abs(pcm), np.ones(80), "same")
    edges = np.minimum(level[800:-1040], level[1040:-800])  # loud on both sides of what is lost
    at = 920 + int(np.argmax(edges))
    pcm[at - 80 : at + 80] = 0
    assert (Flaw.HOLE, pytest.approx(0.6 + (at - 80) / RATE, abs=0.01)) in _found(pcm)


@pytest.mark.parametrize("number", range(4))
def test_a_click_in_a_soft_place(number: int) -> None:
    pcm = sentences()[number].copy()
    frames = np.abs(pcm[800 : len(pcm) // 160 * 160 - 800].reshape(-1, 160)).max(axis=1)
    at = 800 + 160 * int(np.argsort(frames)[len(frames) // 3]) + 80
    pcm[at] = 12000
    assert _found(pcm) == [(Flaw.CLICK, pytest.approx(0.6 + at / RATE, abs=0.001))]


def test_an_overdriven_voice() -> None:
    loud = np.clip(sentences()[0].astype(np.int32) * 20, -32768, 32767).astype(np.int16)
    assert Flaw.OVERDRIVEN in [flaw for flaw, _ in _found(loud)]


def test_nothing_and_next_to_nothing() -> None:
    for length in (0, 1, 2, 30):
        assert flaws(np.zeros(length, np.float32), RATE, []) == []
