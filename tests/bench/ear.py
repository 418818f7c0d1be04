"""What the ear costs, and how often it errs: twenty recordings with a fault each, and twenty without.

And how a gateway's prompts sound to it, in real calls: all of each is to be heard, with a score (PESQ-NB) as
good as G.711 alone has; no score without `pip install pesq`, which needs a compiler.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gateway.ear.measurement import measure
from gateway.ear.prompts import HeardPrompt, pesq, read_prompt
from gateway.ear.stereo import of_samples
from gateway.errors import BadInput
from gateway.loadtest.caller_audio import RATE, recordings
from tests.bench.figures import Figure
from tests.equipment import tone
from tests.equipment.planted_faults import CLEAN, FAULTS, heard_of, planted
from tests.equipment.programs import Gateway
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

OF_EACH = 20
PROMPTS = 5
LONG_S = (3.0, 8.0)
"""Prompts that are long enough for a score, and not for patience."""
WORSE = 0.1
"""What a call may cost a prompt beside G.711, in PESQ."""


async def run() -> list[Figure]:
    """Listen to them. They are made of Debian's prompts; nothing is measured where those are missing."""
    folder = recordings()
    if folder is None:
        return []
    spoilt = [planted(list(FAULTS.values())[number % len(FAULTS)], number) for number in range(OF_EACH)]
    clean = [planted(list(CLEAN.values())[number % len(CLEAN)], number) for number in range(OF_EACH)]
    missed = sum(not heard_of(one)[0] for one in spoilt)
    false = sum(len(heard_of(one)[1]) for one in [*spoilt, *clean])
    began = time.process_time()
    for one in clean:
        measure(one.call)
    spent = (time.process_time() - began) / sum(one.call.seconds for one in clean)
    return [
        Figure("ear", f"planted faults missed of {OF_EACH}", missed, "", 0),
        Figure("ear", f"false complaints in {2 * OF_EACH} recordings", false, "", 0),
        Figure("ear", "processor time for a second of recording", spent * 1000, "ms"),
        *await _prompts(folder),
    ]


async def _prompts(folder: Path) -> list[Figure]:
    """Ring a gateway that plays prompts; return how much of them is heard, and how well."""
    files = [path for path, _ in zip(_long_ones(folder), range(PROMPTS), strict=False)]
    plans = {
        f"prompt{number}": {"numbers": [str(100 + number)], "announce": {"play": str(path)}}
        for number, path in enumerate(files)
    }
    gateway = await asyncio.to_thread(Gateway, plans)
    try:
        with Pump() as pump:
            async with Phone(gateway.sip, pump) as phone:
                heard = [await _heard(phone, str(100 + number), path) for number, path in enumerate(files)]
    finally:
        await asyncio.to_thread(gateway.stop)
    missing = max(1 - one.heard / one.seconds if one else 1.0 for one in heard)
    scores = [
        alone - one.pesq
        for one, path in zip(heard, files, strict=True)
        if one is not None and one.pesq is not None and (alone := _coded(path)) is not None
    ]
    figures = [Figure("ear", "part of a prompt that is not heard, most", missing, "", 0.02)]
    if scores:
        name = f"PESQ-NB of {len(scores)} prompts, below that of G.711 alone by, most"
        figures.append(Figure("ear", name, max(scores), "", WORSE))
    return figures


def _coded(path: Path) -> float | None:
    """Return the score of a prompt that has gone through G.711 and nothing else."""
    origin = read_prompt(path).samples
    coded = tone.ulaw_decode(tone.ulaw_encode((origin * 32768).astype(np.int16)))
    return pesq(origin, coded.astype(np.float64) / 32768)


async def _heard(phone: Phone, number: str, path: Path) -> HeardPrompt | None:
    """Ring, listen to the end, and return what the ear makes of the prompt; None where it hears none."""
    call = phone.call(number)
    await call.answered()
    await call.ended(LONG_S[1] + 5)
    agent = call.media.heard()
    both = of_samples(np.zeros_like(agent), agent, RATE, path.name)
    return next(iter(measure(both, known=[read_prompt(path)]).prompts), None)


def _long_ones(folder: Path) -> Iterator[Path]:
    """Yield prompts of a useful length, the same ones each time."""
    for path in sorted(folder.rglob("*.wav")):
        try:
            seconds = len(read_prompt(path).samples) / RATE
        except BadInput:
            continue
        if LONG_S[0] <= seconds <= LONG_S[1]:
            yield path
