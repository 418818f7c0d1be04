"""Other voices, of espeak-ng."""

from __future__ import annotations

import shutil
import typing

import numpy as np
import pytest

from gateway.audio import SESSION_RATE
from gateway.errors import SpeechError
from gateway.rehearsal.accents import Accent, say

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="install Debian's espeak-ng")


@needs_espeak
def test_every_accent_sounds_otherwise() -> None:
    spoken = {say("Good morning, how much is it?", accent=accent) for accent in typing.get_args(Accent)}
    assert len(spoken) == len(typing.get_args(Accent))
    for pcm in spoken:
        samples = np.frombuffer(pcm, "<i2")
        assert 1.0 < len(samples) / SESSION_RATE < 4.0
        assert np.abs(samples).max() > 3000


@needs_espeak
def test_voices_and_speed() -> None:
    man, woman = say("Good morning.", "man"), say("Good morning.", "woman")
    assert man != woman
    assert len(say("Good morning, how much is it?", speed=1.5)) < 0.8 * len(
        say("Good morning, how much is it?")
    )


@needs_espeak
def test_words_are_no_options() -> None:
    """What begins like an option of the program is said like anything else."""
    assert len(say("--version -w file")) > SESSION_RATE


def test_a_machine_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SpeechError, match="apt-get install espeak-ng"):
        say("Hello.")
