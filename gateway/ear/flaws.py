"""What is wrong with one side's sound by itself: clicks, words without beginning or end, holes, overdriving.

A telephone sound begins and ends softly: lips, breath and room take some 10 ms at least. Where it is loud
from one sample to the next, something was cut. The figures were found on Debian's 568 prompts through G.711.
Three of them count as cut at their beginning, and are: from silence to full loudness in 5 ms, as no voice
begins. Two have a click, a single sample far outside. Tones (keys, beeps, ringing) begin so, and are left
out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from gateway.ear.phrases import Phrase, runs
from gateway.ear.stereo import Samples
from gateway.ear.tones import is_tone

EDGE_S = 0.005
"""How long the sound at an edge is looked at."""
BEFORE_S = 0.02
"""What has to be silent before it."""
AROUND_S = 0.15
"""The part of the word that its edge is compared with."""
CUT_DB = -4.5
"""An edge that is so near to the loudest of its word was cut."""
HOLE_DB = -10.0
"""The same for each of the two edges of a hole: both together are proof enough."""
SILENT_DB = -58.0
"""dBFS: silence beside an edge; a line's own noise is no cut."""
CLICK = 0.05
"""Of full scale: a step that is heard as a click; smaller ones are not looked at."""
CLICK_OVER = 2.5
"""How many times worse foretold than anything near it. A click on the loudest place of a vowel is hidden."""
CLICK_AROUND_S = 0.02
RAIL = 0.975
"""Of full scale: what is overdriven stays there (G.711's largest value is 0.980)."""
OVERDRIVEN = 0.002
"""The share of the loud samples from which it is heard."""
TONE_S = 0.2
"""How long a sound at an edge is looked at for being a tone."""
STOPS_S = (0.005, 0.03)
"""Before the end of a sound: one that ends by itself has become soft there, one that was stopped has not."""
STOPS_DB = -8.0
HOLE_S = (0.006, 0.12)
"""A silence in mid-word that is too hard at both edges to be a pause; longer is one between words."""


class Flaw(StrEnum):
    """What is wrong with a sound."""

    CLICK = "click"
    CLIPPED_START = "clipped_start"
    CLIPPED_END = "clipped_end"
    HOLE = "hole"
    OVERDRIVEN = "overdriven"


@dataclass(frozen=True, slots=True)
class Found:
    """One flaw, `at` seconds of the recording; `seconds` is how long it goes on, 0 for a moment."""

    flaw: Flaw
    at: float
    seconds: float = 0.0


def flaws(samples: Samples, rate: int, spoken: Sequence[Phrase]) -> list[Found]:
    """Return what is wrong with one side, in order."""
    clicks = list(_Side(samples, rate).clicks())
    mended = samples.copy()
    for click in clicks:  # or each would be an edge as well
        at = round(click.at * rate)
        mended[at] = (mended[at - 1] + mended[at + 1]) / 2
    side = _Side(mended, rate)
    found = [*clicks, *side.edges(spoken), *side.holes(spoken), *side.overdriven()]
    return sorted(found, key=lambda one: one.at)


def stopped(samples: Samples, rate: int, phrase: Phrase) -> bool:
    """Return whether a phrase of a side ends in mid-sound, as when somebody falls silent for another."""
    return _Side(samples, rate).stopped(phrase)


def stands_out(samples: Samples, at: int, order: int = 12) -> bool:
    """Return whether one sample is a click: foretold by none around it, while all others are.

    Linear prediction, fitted to these samples (some 40 ms) without the doubtful one. A burst of the lips is
    not foretold either, but neither is what follows it.
    """
    if not order < at < len(samples) - order:
        return False
    past = np.lib.stride_tricks.sliding_window_view(samples[:-1], order).astype(np.float64)
    now = samples[order:].astype(np.float64)
    row = at - order
    sound = np.ones(len(now), bool)
    sound[row : row + order + 1] = False
    fitted = _prediction(past[sound], now[sound])
    foretold = float(past[row] @ fitted)
    surprise = abs(float(now[row]) - foretold)
    mended = samples.astype(np.float64)
    mended[at] = foretold
    past = np.lib.stride_tricks.sliding_window_view(mended[:-1], order)
    others = np.abs(mended[order:] - past @ fitted)
    return bool(surprise > CLICK and surprise > CLICK_OVER * float(np.max(others)))


def _prediction(past: NDArray[np.float64], now: NDArray[np.float64]) -> NDArray[np.float64]:
    order = past.shape[1]
    both = past.T @ past
    return np.linalg.solve(both + np.eye(order) * (1e-6 * np.trace(both) + 1e-9), past.T @ now)


def _is_silent(samples: Samples) -> bool:
    return float(np.max(np.abs(samples))) < 10 ** (SILENT_DB / 20)


class _Side:
    def __init__(self, samples: Samples, rate: int) -> None:
        self._samples = samples
        self._rate = rate

    def edges(self, spoken: Sequence[Phrase]) -> Iterator[Found]:
        """Yield words that begin or end as if with scissors; not those at the recording's own edges."""
        for phrase in spoken:
            start, end = self._bounds(phrase)
            if start > BEFORE_S * self._rate and self._hard(start, 1) and not self._tone(start, 1):
                yield Found(Flaw.CLIPPED_START, start / self._rate)
            behind = end < len(self._samples) - BEFORE_S * self._rate
            if behind and self._hard(end, -1) and not self._tone(end, -1):
                yield Found(Flaw.CLIPPED_END, end / self._rate)

    def stopped(self, phrase: Phrase) -> bool:
        """Return whether a phrase ends in the middle of its sound, hard or faded out quickly."""
        _, end = self._bounds(phrase)
        before = end - round(AROUND_S * self._rate)
        size = round(2 * EDGE_S * self._rate)
        loudest = max(self._db(at, at + size) for at in range(max(0, before), max(1, end - size), size // 2))
        last = self._db(end - round(STOPS_S[1] * self._rate), end - round(STOPS_S[0] * self._rate))
        return last - loudest > STOPS_DB

    def holes(self, spoken: Sequence[Phrase]) -> Iterator[Found]:
        """Yield silences within phrases with both edges hard, as lost packets leave them."""
        for phrase in spoken:
            start, end = self._bounds(phrase)
            quiet = np.abs(self._samples[start:end]) < 10 ** (SILENT_DB / 20)
            for first, last in runs(quiet):
                length = (last - first) / self._rate
                inside = HOLE_S[0] <= length <= HOLE_S[1] and first > 0 and last < end - start
                edges = ((start + first, -1), (start + last, 1))
                if not inside or not all(
                    self._hard(at, side, HOLE_DB, min(BEFORE_S, length)) for at, side in edges
                ):
                    continue
                if not all(self._tone(at, side) for at, side in edges):  # between two keys it is silent
                    yield Found(Flaw.HOLE, (start + first) / self._rate, length)

    def clicks(self) -> Iterator[Found]:
        """Yield single samples that nothing before or behind them foretells."""
        bend = np.abs(np.diff(self._samples, 2)) if len(self._samples) > 2 else np.zeros(0, np.float32)
        reach = round(CLICK_AROUND_S * self._rate)
        until = -1
        for at in np.flatnonzero(bend > CLICK).tolist():
            if at < until:
                continue
            peak = at + int(np.argmax(bend[at : at + 4])) + 1  # the sample in the middle of its bend
            start, end = max(0, peak - reach), min(len(self._samples), peak + reach)
            if stands_out(self._samples[start:end], peak - start):
                yield Found(Flaw.CLICK, peak / self._rate)
            until = peak + reach // 8

    def overdriven(self) -> Iterator[Found]:
        """Yield the first place of a sound that stays at the rails, if that is often."""
        level = np.abs(self._samples)
        at_rail = level > RAIL
        stays = at_rail[1:] & at_rail[:-1]
        loud = int(np.count_nonzero(level > 0.1))
        if loud and np.count_nonzero(stays) > OVERDRIVEN * loud:
            yield Found(Flaw.OVERDRIVEN, int(np.flatnonzero(stays)[0]) / self._rate)

    def _bounds(self, phrase: Phrase) -> tuple[int, int]:
        """Return the samples from the first to behind the last audible one of a phrase."""
        margin = round(0.02 * self._rate)
        start = max(0, round(phrase.start * self._rate) - margin)
        end = min(len(self._samples), round(phrase.end * self._rate) + margin)
        audible = np.flatnonzero(np.abs(self._samples[start:end]) > 10 ** (SILENT_DB / 20))
        if not len(audible):
            return start, end
        return start + int(audible[0]), start + int(audible[-1]) + 1

    def _hard(self, edge: int, direction: int, cut_db: float = CUT_DB, silent_s: float = BEFORE_S) -> bool:
        """Return whether the sound on the side `direction` (1: after, -1: before) of an edge is cut there."""
        outside = self._db(*self._span(edge, -direction, silent_s))
        first = self._db(*self._span(edge, direction, EDGE_S))
        start, end = self._span(edge, direction, AROUND_S)
        size = round(2 * EDGE_S * self._rate)
        loudest = max(self._db(at, at + size) for at in range(start, max(start + 1, end - size), size // 2))
        return outside < SILENT_DB and first > SILENT_DB + 20 and first - loudest > cut_db

    def _tone(self, edge: int, direction: int) -> bool:
        """Return whether what is on that side of an edge, up to the next pause, is a tone."""
        start, end = self._span(edge, direction, TONE_S)
        sound = self._samples[start:end][::direction]
        size = round(2 * EDGE_S * self._rate)
        pauses = (
            at for at in range(2 * size, len(sound) - size, size // 2) if _is_silent(sound[at : at + size])
        )
        return is_tone(sound[: next(pauses, len(sound))], self._rate)

    def _span(self, edge: int, direction: int, seconds: float) -> tuple[int, int]:
        size = round(seconds * self._rate)
        start, end = (edge, edge + size) if direction > 0 else (edge - size, edge)
        return max(0, start), min(len(self._samples), end)

    def _db(self, start: int, end: int) -> float:
        part = self._samples[start:end]
        return float(10 * np.log10(max(1e-12, float(np.mean(np.square(part)))))) if len(part) else -120.0
