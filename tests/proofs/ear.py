"""What the ear hears: `python -m tests.proofs.ear [--seeds N]`.

Recordings with one planted fault each, of every kind that `gateway ear` complains of, and clean ones of every
kind (music on hold, ringing, keys, a caller who is silent, coughs), spoken by several agents and callers.
Every fault is found at its place, and nothing else is complained of. Last, Debian's prompts by themselves.
"""

from __future__ import annotations

import argparse
import sys
import wave
from collections.abc import Iterator

import numpy as np

from gateway.ear.flaws import flaws
from gateway.ear.phrases import phrases
from gateway.errors import SpeechError
from gateway.loadtest.caller_audio import recordings
from gateway.local.engines import tts
from tests.equipment import tone
from tests.equipment.planted_faults import CLEAN, FAULTS, RECORDED, heard_of, planted
from tests.equipment.voices import VOICES
from tests.proofs import NOT_HERE

AGENTS = (RECORDED, "heart", "heart, lower and slower")
CALLERS = (RECORDED, *VOICES)
FOUND = 0.99
"""The part of the faults that has to be found, and without another complaint; clean calls have none."""
KNOWN = {
    "agent-loginok": "from silence to full loudness in 5 ms, in the recording itself",
    "dir-instr": "the same",
    "zed": "the same",
    "confbridge-conf-end": "one sample far outside, in the recording itself",
    "tt-weasels": "the same",
    "ascending-2tone": "tones that change",
    "descending-2tone": "tones that change",
    "confbridge-join": "tones that change",
}
"""Prompts of Debian's with a flaw of their own."""


def prove(seeds: int) -> int:
    """Print what was found; return 0 if the ear is right."""
    missed = planted_in_all = besides_in_all = clean_in_all = clean_besides = 0
    sys.stdout.write(f"{'recording':24}{'found':>12}{'complaints besides':>22}\n")
    for name, made in (FAULTS | CLEAN).items():
        found, besides, told = 0, 0, []
        pairs = [(agent, caller) for agent in AGENTS for caller in CALLERS]
        for number in range(seeds * len(pairs)):
            agent, caller = pairs[number % len(pairs)]
            hit, more = heard_of(planted(made, number, agent, caller))
            found += hit
            besides += bool(more)
            if not hit or more:
                told.append(
                    f"    seed {number}, {agent} and {caller}: {'' if hit else 'missed; '}{', '.join(more)}"
                )
        of = seeds * len(pairs)
        mark = f"{found} of {of}" if name in FAULTS else "-"
        sys.stdout.write(f"{name:24}{mark:>12}{besides:>22}\n" + "".join(f"{line}\n" for line in told[:3]))
        sys.stdout.flush()
        besides_in_all += besides
        if name in FAULTS:
            missed, planted_in_all = missed + of - found, planted_in_all + of
        else:
            clean_in_all, clean_besides = clean_in_all + of, clean_besides + besides
    unknown = sorted(set(flawed_prompts()) - set(KNOWN))
    sys.stdout.write(f"Debian's prompts with a flaw that is not their own: {', '.join(unknown) or 'none'}\n")
    spoilt_besides = besides_in_all - clean_besides
    few = max(missed, spoilt_besides) <= (1 - FOUND) * planted_in_all + 1
    holds = few and not clean_besides and not unknown
    sys.stdout.write(
        f"{planted_in_all - missed} of {planted_in_all} faults found,"
        f" {spoilt_besides} other complaints in these, {clean_besides} in {clean_in_all} clean ones\n"
    )
    sys.stdout.write("holds\n" if holds else "does not hold\n")
    return int(not holds)


def flawed_prompts() -> Iterator[str]:
    """Yield the prompts in which the ear hears a flaw, through G.711."""
    folder = recordings()
    assert folder is not None
    silence = np.zeros(4000, np.int16)
    for path in sorted(folder.rglob("*.wav")):
        with wave.open(str(path)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        line = tone.ulaw_decode(tone.ulaw_encode(np.concatenate((silence, pcm, silence))))
        samples = line.astype(np.float32) / 32768
        if flaws(samples, 8000, phrases(samples, 8000)):
            yield path.stem


def main() -> int:
    """Read the command line; prove it where there are voices."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--seeds", type=int, default=2, help="recordings of each kind for each pair of voices"
    )
    options = parser.parse_args()
    try:
        tts.synthesiser()
    except SpeechError as error:
        sys.stdout.write(f"{error}\n")
        return NOT_HERE
    if recordings() is None:
        sys.stdout.write("needs asterisk-core-sounds-en-wav\n")
        return NOT_HERE
    return prove(options.seeds)


if __name__ == "__main__":
    sys.exit(main())
