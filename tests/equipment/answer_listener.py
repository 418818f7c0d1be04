"""Listens to an answered call as the gateway does: sound 60 ms at a time, tones as the plane tells them."""

from __future__ import annotations

import importlib
from collections import deque
from dataclasses import dataclass

import numpy as np

from gateway.call import AnsweredBy, CallTone, ToneHeard
from gateway.ear.who_answered import RATE, AnswerEar
from tests.equipment.tone import Pcm

TICK, LOOK_TICKS = 160, 3
"""Samples of 20 ms; how many of them pass between two looks."""


@dataclass(frozen=True, slots=True)
class ListenedCall:
    """What was found. `at_ms`: after how much sound; `beep_known_ms`: the same of the first beep, if any."""

    found: AnsweredBy | None
    at_ms: float
    beep_known_ms: float | None


def listened(pcm: Pcm) -> ListenedCall:
    """Listen to a call, 8 kHz, to its end. Native mode."""
    port = importlib.import_module("gateway.media._port")
    whole = np.append(pcm, np.zeros(-len(pcm) % TICK, np.int16)).astype(np.int16)
    tones = deque(
        (at_ms, ToneHeard(CallTone(name), ago_ms))
        for name, ago_ms, at_ms in port.CallToneDetector().hear(whole.astype("<i2").tobytes())
    )
    ear, found, at_ms, beep_ms = AnswerEar(), None, 0.0, None
    for tick in range(1, len(whole) // TICK + 1):
        now_ms = 1000 * tick * TICK / RATE
        if tick % LOOK_TICKS == 0:
            ear.feed(whole[(tick - LOOK_TICKS) * TICK : tick * TICK])
        while tones and tones[0][0] <= now_ms:
            heard = tones.popleft()[1]
            ear.hear_tone(heard)
            if heard.tone is CallTone.BEEP and beep_ms is None:
                beep_ms = now_ms
        if found is None and ear.judgement is not None:
            found, at_ms = ear.judgement, now_ms
    return ListenedCall(found, at_ms, beep_ms)
