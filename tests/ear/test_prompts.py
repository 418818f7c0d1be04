"""A prompt that is known is found again, with what is missing of it, and how much worse it sounds."""

from __future__ import annotations

import importlib.util
import wave
from pathlib import Path

import numpy as np
import pytest

from gateway.ear.prompts import BEST, KnownPrompt, heard_prompts, pesq, read_prompt
from gateway.errors import BadInput
from gateway.loadtest.caller_audio import RATE
from tests.equipment.spoken_calls import Pcm, SpokenCall, sentences


def _known(number: int) -> KnownPrompt:
    return KnownPrompt(f"{number}.wav", sentences()[number].astype(np.float64) / 32768)


def test_where_it_is_and_how_loud() -> None:
    call = SpokenCall()
    call.say("agent", sentences()[1])
    began = call.say("agent", (sentences()[0] * 0.5).astype(np.int16))
    (one,) = heard_prompts(call.recorded().agent, RATE, [_known(0), _known(3)])
    assert (one.name, one.at) == ("0.wav", pytest.approx(began / RATE, abs=0.001))
    assert one.gain_db == pytest.approx(-6, abs=0.2)
    assert one.heard == pytest.approx(len(sentences()[0]) / RATE, abs=0.01)


def test_the_beginning_of_one_that_was_interrupted() -> None:
    call, pcm = SpokenCall(), np.concatenate((sentences()[0], sentences()[2]))
    call.say("agent", pcm[: 2 * RATE])
    call.say("agent", sentences()[1])
    known = KnownPrompt("long.wav", pcm.astype(np.float64) / 32768)
    (one,) = heard_prompts(call.recorded().agent, RATE, [known])
    assert one.seconds == pytest.approx(len(pcm) / RATE)
    assert one.heard == pytest.approx(2, abs=0.3)


def test_a_late_packet_moves_the_rest() -> None:
    call, pcm = SpokenCall(), sentences()[0]
    call.say("agent", np.concatenate((pcm[: RATE + 400], np.zeros(160, np.int16), pcm[RATE + 400 :])))
    (one,) = heard_prompts(call.recorded().agent, RATE, [_known(0)])
    assert one.heard == pytest.approx(len(pcm) / RATE, abs=0.01)


def test_files(tmp_path: Path) -> None:
    def write(pcm: Pcm) -> Path:
        with wave.open(str(tmp_path / "prompt.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(np.concatenate((np.zeros(RATE, np.int16), pcm)).tobytes())
        return tmp_path / "prompt.wav"

    prompt = read_prompt(write(sentences()[0]))
    assert (prompt.name, len(prompt.samples)) == ("prompt.wav", pytest.approx(len(sentences()[0]), abs=1700))
    with pytest.raises(BadInput, match="too little sound"):
        read_prompt(write(np.zeros(RATE, np.int16)))


def test_how_it_sounds_beside_its_origin() -> None:
    """Where the package `pesq` is installed; else nothing is told."""
    sound = sentences()[0].astype(np.float64) / 32768
    score = pesq(sound, sound)
    if importlib.util.find_spec("pesq") is None:
        assert score is None
        return
    assert score == pytest.approx(BEST, abs=0.01)
    noise = np.random.default_rng(1).normal(0, 0.02, len(sound))
    worse = pesq(sound, sound + noise)
    assert worse is not None
    assert worse < 3
    assert pesq(sound[:400], sound[:400]) is None
