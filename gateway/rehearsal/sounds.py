"""What callers say, as sound, and what is understood of what agents say: the embedded agent's engines."""

from __future__ import annotations

import threading

import numpy as np
import soxr
from numpy.typing import NDArray

from gateway.audio import SESSION_RATE, read_wav, tone
from gateway.local.engines import stt, tts
from gateway.phone.hearing import trimmed
from gateway.rehearsal import accents
from gateway.rehearsal.performer import PreparedStep
from gateway.rehearsal.script import Rehearsal, RehearsalStep, SpeakingManner

UNSURE = -1.0
"""Mean log-probability below which recognised text is a guess."""

BEEP = bytes(2 * SESSION_RATE * 3 // 10) + tone(1000, 0.4)
"""Of an answering machine, and the pause before it."""

Floats = NDArray[np.float64]


class Voices:
    """Both engines, loaded when made, for several threads. Raises SpeechError where they are missing."""

    def __init__(self) -> None:
        stt.recogniser()
        tts.synthesiser()
        self._one_at_a_time = threading.Lock()

    def transcribe(self, pcm: bytes) -> str | None:
        """Return what PCM16LE 24 kHz says; None of what is not understood."""
        with self._one_at_a_time:
            text, confidence = stt.transcribe(pcm, SESSION_RATE)
        return text if text and confidence > UNSURE else None

    def prepared(self, rehearsal: Rehearsal) -> list[PreparedStep]:
        """Return each step with its sound. Raises BadInput, SpeechError."""
        return [PreparedStep(step, self._sound(step, rehearsal.call)) for step in rehearsal.steps]

    def say(self, text: str) -> bytes:
        """Say something in the embedded voice, without silence around it. Raises SpeechError."""
        with self._one_at_a_time:
            return trimmed(tts.synthesize(text))

    def _sound(self, step: RehearsalStep, usually: SpeakingManner) -> bytes:
        """Return what is said or played in a step, in the caller's voice where the step names none."""
        speed = step.speed or usually.speed or 1.0
        if step.play is not None:
            sound = faster(trimmed(read_wav(step.play)), speed)
        elif step.say is not None:
            sound = self._said(step.say, step, usually, speed)
        else:
            return b""
        sound += BEEP if step.beep else b""
        return noisy(sound, usually.noise if step.noise is None else step.noise)

    def _said(self, text: str, step: SpeakingManner, usually: SpeakingManner, speed: float) -> bytes:
        voice, accent = step.voice or usually.voice, step.accent or usually.accent
        if voice is None or (voice == "heart" and step.accent is not None):
            voice = "man" if accent else "heart"
        if voice == "heart":
            return faster(self.say(text), speed)
        return trimmed(accents.say(text, voice, accent or "american", speed))


def faster(pcm: bytes, speed: float) -> bytes:
    """Return PCM16LE 24 kHz spoken faster, and by as much higher, as a hurried person is."""
    if speed == 1.0:
        return pcm
    return bytes(soxr.resample(np.frombuffer(pcm, "<i2"), SESSION_RATE * speed, SESSION_RATE).tobytes())


def noisy(pcm: bytes, below_db: float | None) -> bytes:
    """Return PCM16LE with pink noise under it, its level so many dB below that of the words."""
    if below_db is None or not pcm:
        return pcm
    words = np.frombuffer(pcm, "<i2").astype(np.float64)
    noise = pink(len(words))
    loud = words[np.abs(words) > 300] if np.any(np.abs(words) > 300) else words
    level = np.sqrt(np.mean(np.square(loud))) * 10 ** (-below_db / 20)
    noise *= level / np.sqrt(np.mean(np.square(noise)))
    return np.clip(words + noise, -32768, 32767).astype("<i2").tobytes()


def pink(count: int) -> Floats:
    """Return so many samples of noise with as much power in each octave, the same each time."""
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(size=max(2, count)))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    return np.fft.irfft(spectrum, max(2, count))[:count]
