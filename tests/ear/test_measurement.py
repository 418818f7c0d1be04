"""Recordings with planted faults, each found at its place; and clean ones, with nothing to complain of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gateway.ear.measurement import EarReport, Patience, measure
from gateway.ear.prompts import KnownPrompt
from gateway.ear.turns import ExchangeKind
from gateway.loadtest.caller_audio import RATE
from tests.equipment.planted_faults import CLEAN, FAULTS, heard_of, planted
from tests.equipment.spoken_calls import Pcm, SpokenCall, conversation, sentences


@pytest.mark.parametrize("seed", range(20))
def test_clean_recordings(seed: int) -> None:
    report = measure(conversation(seed).recorded())
    assert report.complaints == ()
    assert len(report.times_ms(ExchangeKind.ANSWER)) == 2


def _complaints(report: EarReport) -> list[tuple[str, Any]]:
    return [(one.what, one.at) for one in report.complaints]


@pytest.mark.parametrize("seed", range(4))
def test_dead_air(seed: int) -> None:
    call = conversation(seed)
    call.say("caller", sentences()[0])
    ended = call.end / RATE
    call.say("agent", sentences()[1], 2.2)
    (told,) = _complaints(measure(call.recorded()))
    assert told == ("dead_air", pytest.approx(ended, abs=0.05))


@pytest.mark.parametrize("seed", range(4))
def test_talk_over(seed: int) -> None:
    call = conversation(seed)
    started = call.say("agent", np.concatenate((sentences()[0], sentences()[1])))
    words = sentences()[2][: 2 * RATE]
    call.sides["caller"].append((started + RATE, words))
    (told,) = _complaints(measure(call.recorded()))
    assert told == ("talk_over", pytest.approx((started + RATE) / RATE, abs=0.1))


@pytest.mark.parametrize("seed", range(4))
def test_a_cut_word(seed: int) -> None:
    call = conversation(seed)
    pcm = sentences()[seed]
    frames = pcm[: len(pcm) // 160 * 80].reshape(-1, 80).astype(np.float64)
    began = call.say("agent", pcm[80 * int(np.argmax(np.mean(np.square(frames), axis=1))) :])
    (told,) = _complaints(measure(call.recorded()))
    assert told == ("clipped_start", pytest.approx(began / RATE, abs=0.005))


@pytest.mark.parametrize("seed", range(4))
def test_a_click(seed: int) -> None:
    call = conversation(seed)
    at = call.end - 40  # in the fall of the last word

    def spoil(agent: Pcm) -> None:
        agent[at] = -14_000

    (told,) = _complaints(measure(call.recorded(spoil)))
    assert told == ("click", pytest.approx(at / RATE, abs=0.001))


@pytest.mark.parametrize("gain", [0.1, 0.15])
@pytest.mark.parametrize("all_of_it", [True, False])
def test_a_voice_that_is_too_soft(gain: float, all_of_it: bool) -> None:
    call = conversation(1)
    began = call.say("agent", (sentences()[0] * gain).astype(np.int16))
    if all_of_it:
        call.sides["agent"] = [(at, (pcm * 0.1).astype(np.int16)) for at, pcm in call.sides["agent"]]
    told = _complaints(measure(call.recorded()))
    assert {what for what, _ in told} == {"level"}
    assert all_of_it or told == [("level", pytest.approx(began / RATE, abs=0.1))]


def test_an_agent_that_gives_way_is_not_a_cut_word() -> None:
    call, said = SpokenCall(), sentences()
    began = call.say("agent", said[0])
    loudest = 80 * int(np.argmax(np.abs(said[0][: len(said[0]) // 80 * 80].reshape(-1, 80)).max(axis=1)))
    cut = max(loudest, RATE // 2) + 80
    call.sides["agent"] = [(began, said[0][:cut])]
    call.sides["caller"].append((began + cut - 1600, said[1]))
    call.end = began + cut - 1600 + len(said[1])
    call.say("agent", said[2])
    report = measure(call.recorded())
    assert report.complaints == ()
    (reaction,) = report.times_ms(ExchangeKind.BARGE_IN)
    assert 100 <= reaction <= 260


def test_an_agent_that_is_never_heard() -> None:
    call = SpokenCall()
    call.say("caller", sentences()[0])
    assert [what for what, _ in _complaints(measure(call.recorded()))] == ["silent_agent"]


def test_patience_is_the_callers() -> None:
    call = conversation(0)
    call.say("caller", sentences()[0])
    call.say("agent", sentences()[1], 1.5)
    assert measure(call.recorded()).complaints == ()
    (one,) = measure(call.recorded(), Patience(dead_air=1.4)).complaints
    assert one.words == "1.5 s of silence while it is the agent's turn"


def test_all_of_it_for_machines() -> None:
    told = measure(conversation(0).recorded()).as_dict()
    assert told["answer_ms_median"] in range(300, 1300)
    assert (told["barge_in_ms"], told["complaints"]) == ([], ())


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("seed", range(2))
def test_every_kind_of_fault_is_found(kind: str, seed: int) -> None:
    """At its place, and nothing else is complained of. With more voices: `python -m tests.proofs.ear`."""
    found, besides = heard_of(planted(FAULTS[kind], seed))
    assert found
    assert besides == []


@pytest.mark.parametrize("kind", CLEAN)
@pytest.mark.parametrize("seed", range(2))
def test_every_kind_of_clean_call_is_clean(kind: str, seed: int) -> None:
    assert heard_of(planted(CLEAN[kind], seed)) == (True, [])


def test_a_prompt_that_sounds_spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """By PESQ, where that is installed."""
    monkeypatch.setattr("gateway.ear.prompts.pesq", lambda _origin, _heard: 2.5)
    call = conversation(0)
    call.say("agent", sentences()[1])
    known = KnownPrompt("hello.wav", sentences()[1].astype(np.float64) / 32768)
    (one,) = measure(call.recorded(), known=[known]).complaints
    assert (one.what, one.words) == ("prompt", "hello.wav sounds spoilt: PESQ 2.5")
