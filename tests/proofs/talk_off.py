"""No key where nobody pressed one, and no beep: `python -m tests.proofs.talk_off [MINUTES]`.

An hour of speech (Debian's prompts of Asterisk, the embedded voice reading the gateway's own documents, each
at several speeds and levels, through G.711) is heard by the detectors of in-band keys and of tones; then each
key 1000 times at 50/50 ms and -25 dBm0. The bars: no key and no tone in the speech, 99 % of the keys pressed.
"""

from __future__ import annotations

import importlib
import itertools
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pjsua2  # noqa: F401 - finds the libraries of the next
import soxr

from tests.equipment import tone
from tests.equipment.keys import KEYS, keys
from tests.proofs import NOT_HERE

MINUTES = 60.0
PROMPTS = Path("/usr/share/asterisk/sounds")
DOCUMENTS = Path(__file__).parent.parent.parent
SPEEDS = (1.0, 0.88, 1.13, 0.94, 1.07)
LEVELS_DB = (0.0, -10.0)
VOICE_SHARE = 0.25
"""Part of the time that is the embedded voice's."""
BAR = 0.99


def prompts() -> Iterator[tone.Pcm]:
    """Return Debian's prompts, 8 kHz."""
    for path in sorted(PROMPTS.rglob("*.wav")):
        if "beep" in path.name or "tone" in path.name:
            continue  # they are
        with wave.open(str(path)) as file:
            if (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (tone.RATE, 2, 1):
                yield np.frombuffer(file.readframes(file.getnframes()), "<i2")


def voices() -> Iterator[tone.Pcm]:
    """Return what the embedded voice makes of the documents."""
    from gateway.local.engines.tts import synthesize  # noqa: PLC0415 - heavy

    for path in sorted(DOCUMENTS.glob("docs/*.md")):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = "".join(each if each.isalnum() or each in " ,.'" else " " for each in line).strip()
            if len(words) > 40:
                pcm = np.frombuffer(synthesize(words), "<i2")
                yield soxr.resample(pcm, 24_000, tone.RATE)


def changed(pcm: tone.Pcm, speed: float, level_db: float) -> tone.Pcm:
    """Return it faster or slower, which moves all its tones, louder or softer, through G.711."""
    moved = pcm if speed == 1 else soxr.resample(pcm, tone.RATE * speed, tone.RATE)
    level = 10 ** (level_db / 20)
    return tone.ulaw_decode(tone.ulaw_encode(np.clip(moved * level, -32768, 32767).astype(np.int16)))


def talk(minutes: float) -> tuple[float, str, list[str]]:
    """Return how many minutes were heard, and the keys that nobody pressed, and the tones."""
    wanted = {prompts: minutes * (1 - VOICE_SHARE), voices: minutes * VOICE_SHARE}
    total, false = 0.0, ""
    tones: list[str] = []
    for source, most in wanted.items():
        pieces, done = list(_some(source(), most)), 0.0
        for speed, level in itertools.product(SPEEDS, LEVELS_DB):
            for pcm in pieces:
                if done >= most:
                    break
                line = changed(pcm, speed, level)
                found, also = heard(line), tones_in(line)
                if found or also:
                    sys.stdout.write(f"{source.__name__}: {found!r} {also} at speed {speed}, {level} dB\n")
                false += found
                tones += also
                done += len(pcm) / speed / tone.RATE / 60
        total += done
    return total, false, tones


def _some(pieces: Iterator[tone.Pcm], minutes: float) -> Iterator[tone.Pcm]:
    left = minutes * 60 * tone.RATE
    for pcm in pieces:
        yield pcm
        left -= len(pcm)
        if left <= 0:
            return


def heard(pcm: tone.Pcm) -> str:
    """Return the keys that a new detector hears."""
    native = importlib.import_module("gateway.media._port")
    whole = np.append(pcm, np.zeros(-len(pcm) % 160, np.int16))
    return str(native.DtmfDetector().hear(whole.astype("<i2").tobytes()))


def tones_in(pcm: tone.Pcm) -> list[str]:
    """Return the tones that a new detector tells of."""
    native = importlib.import_module("gateway.media._port")
    whole = np.append(pcm, np.zeros(-len(pcm) % 160 + 1600, np.int16))
    return [name for name, _, _ in native.CallToneDetector().hear(whole.astype("<i2").tobytes())]


def hits(each: int = 1000) -> float:
    """Return which part of the keys was heard, all of them in an order by chance."""
    rng = np.random.default_rng(1)
    pressed = "".join(rng.permutation(list(KEYS * each)))
    right = 0
    for start in range(0, len(pressed), 100):
        some = pressed[start : start + 100]
        said = tone.join([tone.silence(float(rng.uniform(0, 20))), keys(some, dbm0=-25), tone.silence(40)])
        found = heard(tone.ulaw_decode(tone.ulaw_encode(said)))
        right += sum(a == b for a, b in zip(found, some, strict=False)) - abs(len(found) - len(some))
    return right / len(pressed)


def main(minutes: float) -> int:
    """Hear both."""
    if not any(PROMPTS.rglob("*.wav")):
        sys.stdout.write("needs asterisk-core-sounds-en-wav\n")
        return NOT_HERE
    part = hits()
    sys.stdout.write(f"keys at 50/50 ms, -25 dBm0: {100 * part:.2f} % heard (bar {100 * BAR:g} %)\n")
    total, false, tones = talk(minutes)
    sys.stdout.write(f"{total:.1f} min of speech: {len(false)} keys that nobody pressed (bar 0)\n")
    sys.stdout.write(f"{len(tones)} tones that nobody made (bar 0)\n")
    return 0 if part >= BAR and not false and not tones else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES))
