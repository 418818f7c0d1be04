"""What the model said when, and how much it has heard: as its server tells, or else the gateway's journal."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gateway.audio import BYTES_PER_MS
from gateway.loadtest import journal
from gateway.loadtest.target import Rig

Times = dict[str, list[int]]
"""By SIP Call-IDs, in ns of CLOCK_MONOTONIC."""


@dataclass(frozen=True, slots=True)
class ModelTimes:
    """Of all calls."""

    speech_started: Times = field(default_factory=dict)
    first_sound: Times = field(default_factory=dict)
    heard: list[tuple[int, int]] = field(default_factory=list)
    """When the model had heard so many bytes of all callers."""


def told(rig: Rig) -> ModelTimes:
    """Return what is known; without a light server it is when the gateway has received `speech_started`.

    A call that the gateway does not know is a peer's, whose agents name it by its SIP Call-ID.
    """
    if rig.light is None:
        return ModelTimes(journal.speech_started(rig.journal))
    from gateway.loadtest import model_server  # noqa: PLC0415 - it needs what is compiled

    of_server, names = model_server.ask(*rig.light), journal.names(rig.journal)
    started, sounded = (
        {names.get(call, call): at for call, at in times.items()}
        for times in (of_server.speech_started, of_server.first_sound)
    )
    return ModelTimes(started, sounded, of_server.heard)


def unheard(said: ModelTimes, window: tuple[int, int], calls: int) -> float | None:
    """Return the per cent of what so many callers said in a time that the model did not get, if known."""
    inside = [sample for sample in said.heard if window[0] <= sample[0] <= window[1]]
    if len(inside) < 2 or not calls:
        return None
    (began, before), (ended, after) = inside[0], inside[-1]
    due = (ended - began) / 1e6 * BYTES_PER_MS * calls
    return float(np.clip(100 * (1 - (after - before) / due), 0, 100))
