"""What the model said when, and how much it has heard: as its server tells, or else the gateway's journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.loadtest import journal
from gateway.loadtest.target import Rig

SECOND, FRAME = 1_000_000_000, 20_000_000
"""In ns."""

Times = dict[str, list[int]]
"""By SIP Call-IDs, in ns of CLOCK_MONOTONIC."""


@dataclass(frozen=True, slots=True)
class ModelTimes:
    """Of all calls."""

    speech_started: Times = field(default_factory=dict)
    first_sound: Times = field(default_factory=dict)
    heard: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Of each second, by its beginning: when a caller's audio would have begun, by what came then."""


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
    heard = {names.get(call, call): origins for call, origins in of_server.heard.items()}
    return ModelTimes(started, sounded, heard)


def unheard(said: ModelTimes, spoken: Mapping[str, tuple[int, int]]) -> float | None:
    """Return the per cent of what callers said that the model did not get, if known.

    `spoken`: of each call, from when to when it is looked at; callers speak for a second before and after
    that as well. Audio comes in frames: a call whose last frame was some milliseconds late has lost nothing,
    one that lost a frame has lost all of it.
    """
    lost = due = 0
    for call, (start, end) in spoken.items():
        known = [one for one in said.heard.get(call, ()) if start - SECOND <= one[0] <= end]
        (first, before), (last, after) = (known[0], known[-1]) if known else ((end, 0), (start, 0))
        skipped = FRAME * round((after - before) / FRAME)
        silent = end - start - (min(end, last + SECOND) - max(start, first))
        lost += min(end - start, max(0, skipped) + max(0, silent))
        due += end - start
    return 100 * lost / due if said.heard and due else None
