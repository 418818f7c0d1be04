"""What one step of a load test found: figures over all calls, and the bounds they should keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gateway.loadtest.listening import HeardCall
from gateway.loadtest.meters import Meters
from gateway.loadtest.signalling import CapturedCall

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """One value. `bound` is the most it may be; None: it is told, not judged."""

    key: str
    name: str
    value: float
    unit: str
    bound: float | None = None

    @property
    def holds(self) -> bool:
        """True unless it is above its bound. Nothing measured (NaN) breaks a bound."""
        return self.bound is None or self.value <= self.bound

    def text(self) -> str:
        """The value with its unit."""
        return f"{self.value:.4g} {self.unit}".strip() if not np.isnan(self.value) else "nothing"


@dataclass
class Outcome:
    """One step."""

    calls: int
    window: tuple[int, int]
    figures: list[Figure]
    distributions: dict[str, Values]
    """Everything behind the percentiles, by title, in ms."""
    meters: Meters
    load_average: float
    notes: list[str] = field(default_factory=list)
    of: str = ""
    """Who was rung, if it was not the gateway."""

    @property
    def title(self) -> str:
        """How many calls, and whose."""
        return f"{self.calls} calls{f', {self.of}' if self.of else ''}"

    def broken(self) -> list[Figure]:
        """Figures above their bounds."""
        return [figure for figure in self.figures if not figure.holds]

    def figure(self, key: str) -> Figure | None:
        """A figure; None if this step has none of that name."""
        return next((figure for figure in self.figures if figure.key == key), None)

    def value(self, key: str) -> float:
        """A figure's value; NaN if it was not measured."""
        figure = self.figure(key)
        return float("nan") if figure is None else figure.value


@dataclass(frozen=True)
class Evidence:
    """What a step's figures are made of."""

    calls: int
    failed: int
    retransmissions: int
    found: Sequence[CapturedCall]
    heard: Sequence[HeardCall]
    meters: Meters
    window: tuple[int, int]
    dropped: int
    """Packets that our capture missed."""
    speaks: bool
    """Whether agents should have been heard."""
    greets: bool
    """Whether they should have been heard first."""
    short: bool
    keys: bool = False
    """Callers pressed keys: pauses are no fault."""
    refused: Sequence[CapturedCall] | None = None
    """Calls that were sent elsewhere, where that is no fault."""
    unheard: float | None = None
    """Per cent of what callers said that did not reach the model; None: nobody knows."""


SETTLED_S = 45
"""Memory of calls that came and went is flat after this: SIP remembers each for 32 s (RFC 3261 17.2.1, timer
H), and shorter runs tell no growth."""

LEAST_THREAD = 0.01
"""Share of a core from which on a thread has a line of its own."""

BOUNDS = {
    "failed": 0.0,
    "gap_p99": 22.0,
    "gap_max": 40.0,
    "lost": 0.0,
    "wrong": 0.0,
    "mute": 0.0,
    "unanswered": 0.0,
    "holes": 0.0,
    "setup_p99": 150.0,
    "refused_p99": 200.0,
    "told_p99": 25.0,
    "sounded_p99": 60.0,
    "unheard": 0.5,
    "gateway_cores": 0.95,
    "dropped": 0.0,
}
"""Where a gateway stops carrying calls well. Figures of the project's bars, except `gateway_cores`: Python
runs on one core, and above this there is nothing left for the next call."""


def judge(evidence: Evidence) -> tuple[list[Figure], dict[str, Values]]:
    """Make figures and distributions."""
    spread = _spread(evidence)
    figures = [
        *_signalling(evidence, spread),
        *_speech(evidence),
        *_percentiles("answer", "end of speech to first agent packet", spread),
        *_percentiles("silenced", "start of speech to last agent packet", spread),
        *_percentiles("told", "speech_started to last agent packet", spread),
        *_percentiles("sounded", "answer sent to its first packet", spread),
        *_costs(evidence),
        _figure("dropped", "packets that the capture missed", evidence.dropped),
    ]
    return figures, {title: values for title, values in spread.items() if len(values)}


def _spread(evidence: Evidence) -> dict[str, Values]:
    found, heard = evidence.found, evidence.heard
    return {
        "INVITE to 180": _all(call.ringing_ms() for call in found),
        "INVITE to 200": _all(call.setup_ms() for call in found),
        "INVITE to 503": _all(call.refused_ms() for call in evidence.refused or ()),
        "200 to first agent audio": _all(
            (ears.first_audio - call.answered) / 1e6 if evidence.greets and ears.first_audio else None
            for call, ears in zip(found, heard, strict=True)
        ),
        "gap between agent packets": _joined(ears.gaps for ears in heard),
        "gap between SIPp's own packets": _joined(ears.caller_gaps for ears in heard),
        "end of speech to first agent packet": _joined(np.array(ears.answers) for ears in heard),
        "start of speech to last agent packet": _joined(np.array(ears.silenced) for ears in heard),
        "speech_started to last agent packet": _joined(np.array(ears.told) for ears in heard),
        "answer sent to its first packet": _joined(np.array(ears.sounded) for ears in heard),
    }


def _signalling(evidence: Evidence, spread: dict[str, Values]) -> list[Figure]:
    heard = evidence.heard
    elsewhere = () if evidence.refused is None else (len(evidence.refused),)
    return [
        _figure("failed", "calls failed", evidence.failed),
        *(_figure("refused", "calls sent elsewhere (503)", count) for count in elsewhere),
        *_percentiles("refused", "INVITE to 503", spread),
        _figure("resent", "SIP messages sent again", evidence.retransmissions),
        *_percentiles("ringing", "INVITE to 180", spread),
        *_percentiles("setup", "INVITE to 200", spread),
        *_percentiles("first_audio", "200 to first agent audio", spread),
        *_percentiles("gap", "gap between agent packets", spread),
        *_percentiles("sipp_gap", "gap between SIPp's own packets", spread),
        _figure("lost", "RTP packets lost", sum(ears.lost for ears in heard)),
        _figure("late", "RTP packets more than 20 ms late", sum(ears.late for ears in heard)),
        _figure("reordered", "RTP packets out of order", sum(ears.reordered for ears in heard)),
        _figure("wrong", "calls that heard another's agent", sum(bool(ears.wrong) for ears in heard)),
    ]


def _speech(evidence: Evidence) -> list[Figure]:
    if not evidence.speaks:
        return []
    heard = evidence.heard
    # A call that ended before an answer was due heard none.
    mute = sum(not ears.first_audio and (evidence.greets or ears.unanswered > 0) for ears in heard)
    figures = [
        _figure("mute", "calls that never heard the agent", mute),
        _figure("unanswered", "utterances not answered", sum(ears.unanswered for ears in heard)),
    ]
    if evidence.unheard is not None:
        name = "caller audio that the model did not get"
        figures.append(_figure("unheard", name, evidence.unheard, "%"))
    if not evidence.keys:
        holes = sum(ears.holes for ears in heard)
        figures.append(_figure("holes", "pauses inside the agent's speech", holes))
    return figures


def _costs(evidence: Evidence) -> list[Figure]:
    meters, window = evidence.meters, evidence.window
    mean = max(meters.mean_calls(window), 1e-9)
    figures = []
    for name in meters.pids:
        cores = meters.cores(name, window)
        figures.append(_figure(f"{name}_cores", f"{name}: CPU", cores, "cores"))
        figures.append(
            _figure(f"{name}_per_call", f"{name}: CPU per call", 100 * cores / mean, "% of a core")
        )
    for name, cores in meters.thread_cores(window).items():
        if cores >= LEAST_THREAD:
            title = f"gateway: its {name} thread"
            figures.append(_figure(f"thread_{name}", title, 100 * cores, "% of a core"))
    inside = meters.within(window)
    last = inside[-1]
    if "gateway" in meters.pids:
        figures.append(_figure("rss", "gateway: memory", last.rss_mb["gateway"], "MB"))
        if evidence.short:
            settled = [sample for sample in inside if sample.at >= window[0] + SETTLED_S * 1_000_000_000]
            if len(settled) > 1:
                growth = last.rss_mb["gateway"] - settled[0].rss_mb["gateway"]
                figures.append(_figure("growth", f"gateway: memory growth after {SETTLED_S} s", growth, "MB"))
        else:
            carried = max(evidence.calls - len(evidence.refused or ()), 1)
            per_call = (last.rss_mb["gateway"] - meters.idle_mb) / carried
            figures.append(_figure("rss_per_call", "gateway: memory per call", per_call, "MB"))
        opened = meters.samples[-1].descriptors - meters.samples[0].descriptors
        figures.append(_figure("descriptors", "gateway: descriptors left open", opened))
    figures.append(_figure("others", "CPU of programs outside the test", meters.others(window), "cores"))
    return figures


def _figure(key: str, name: str, value: float, unit: str = "") -> Figure:
    return Figure(key, name, float(value), unit, BOUNDS.get(key))


def _percentiles(key: str, title: str, spread: dict[str, Values]) -> list[Figure]:
    values = spread[title]
    if not len(values):
        return []
    marks = {"p50": 50, "p99": 99, "max": 100}
    return [
        _figure(f"{key}_{mark}", f"{title}, {mark}", float(np.percentile(values, part)), "ms")
        for mark, part in marks.items()
    ]


def _all(values: Iterable[float | None]) -> Values:
    return np.array([value for value in values if value is not None], np.float64)


def _joined(pieces: Iterable[Values]) -> Values:
    return np.concatenate([np.zeros(0), *pieces])
