"""A call as a picture: both sides' sound above each other, who spoke when, every wait, every interruption."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord, Line, Moment
from gateway.records.report.listing import outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES = ("caller", "agent")
COLOURS = {"caller": "tab:blue", "agent": "tab:green", "gateway": "tab:purple"}
INCHES_A_MINUTE, LEAST_INCHES, MOST_INCHES = 20.0, 12.0, 80.0
COLUMNS_AN_INCH = 100
"""Of a picture, and of the waveforms in it: what is between two columns is drawn as its extremes."""
SHORTEST_WORDS_S = 0.8
"""What was said in less has no room for its words."""
INCHES_A_LETTER = 0.058
"""Of the words, below what was said."""


@dataclass(frozen=True, slots=True)
class RecordedSound:
    """Both sides of a call: samples of 16 bit, `rate` a second, beginning `began_ms` after the INVITE."""

    caller: NDArray[np.int16]
    agent: NDArray[np.int16]
    rate: int
    began_ms: int = 0


def draw(record: CallRecord, sound: RecordedSound | None, file: Path) -> None:
    """Draw a call into a file, of the kind that its name ends with. Raises BadInput."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - half a second, and an extra
    except ImportError:
        cure = "pictures need matplotlib: pip install 'sip-voice-gateway[plots]'"
        raise BadInput("calls", "plot", str(file), cure) from None
    seconds = _seconds(record, sound)
    wide = min(MOST_INCHES, max(LEAST_INCHES, seconds / 60 * INCHES_A_MINUTE))
    figure = Figure((wide, 5.6), dpi=COLUMNS_AN_INCH, layout="constrained")
    sides = figure.subplots(2, 1, sharex=True)
    for axes, side in zip(sides, SIDES, strict=True):
        _frame(axes, side, sound is None)
        if sound is not None:
            _waveform(axes, getattr(sound, side), sound, COLOURS[side], round(wide * COLUMNS_AN_INCH))
        said = [line for line in record.transcript or () if (line.who == "caller") == (side == "caller")]
        _lines(axes, said, wide / seconds / INCHES_A_LETTER)
        for moment in record.moments:
            _moment(axes, moment, side)
        _holds(axes, record.moments, seconds)
    sides[0].set_title(_title(record), loc="left", fontsize=10)
    sides[1].set_xlabel("seconds after the INVITE")
    sides[1].set_xlim(0, seconds)
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:
        raise BadInput("calls", "plot", str(file), str(error)) from None


def _seconds(record: CallRecord, sound: RecordedSound | None) -> float:
    ends = [record.seconds or 0.0, *(moment.at_ms / 1000 for moment in record.moments)]
    if sound is not None:
        ends.append(sound.began_ms / 1000 + len(sound.caller) / sound.rate)
    return max(1.0, *ends)


def _title(record: CallRecord) -> str:
    began = record.began.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    who = f"{record.caller or 'withheld'} > {record.called}"
    return f"{record.call}  {began}  {who}  {record.plan or ''}  {outcome(record).plain}"


def _frame(axes: Axes, side: str, silent: bool) -> None:
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    axes.set_ylabel(side, color=COLOURS[side])
    for edge in ("top", "right", "left"):
        axes.spines[edge].set_visible(False)
    if silent:
        axes.text(0.01, 0.95, "no recording", transform=axes.transAxes, color="gray", va="top", fontsize=8)


def _waveform(
    axes: Axes, samples: NDArray[np.int16], sound: RecordedSound, colour: str, columns: int
) -> None:
    """Draw the extremes of each column, so that no peak is lost however long the call is."""
    step = max(1, len(samples) // columns)
    whole = samples[: len(samples) // step * step].reshape(-1, step).astype(np.float32) / 32768
    at = sound.began_ms / 1000 + np.arange(len(whole)) * step / sound.rate
    if len(whole):
        axes.fill_between(at, whole.min(axis=1), whole.max(axis=1), color=colour, linewidth=0.5, step="mid")


def _lines(axes: Axes, lines: Iterable[Line], letters_a_second: float) -> None:
    for line in lines:
        colour, at, lasts = COLOURS.get(line.who, "gray"), line.at_ms / 1000, (line.ms or 0) / 1000
        axes.axvspan(at, at + lasts, ymin=0.02, ymax=0.06, color=colour, alpha=0.6)
        if lasts >= SHORTEST_WORDS_S or line.ms is None:
            room = max(3, round(lasts * letters_a_second))
            words = line.text if len(line.text) <= room else f"{line.text[: room - 1]}…"
            axes.text(at, -0.84, words, fontsize=7, va="bottom", color=colour, parse_math=False)


def _moment(axes: Axes, moment: Moment, side: str) -> None:
    at = moment.at_ms / 1000
    match moment.what:
        case "answer" if side == "agent":
            waited = int(moment.about.get("waited_ms", 0))
            axes.axvspan(at - waited / 1000, at, ymin=0.75, color="tab:orange", alpha=0.35, linewidth=0)
            _mark(axes, at - waited / 1000, f"{waited} ms", "tab:orange")
        case "barge_in":
            axes.axvline(at, color="tab:red", linewidth=1)
            if side == "agent":
                _mark(axes, at, f"interrupted, {moment.about.get('heard_ms', '?')} ms heard", "tab:red")
        case "answered" | "session_interrupted" | "session_lost" | "tool_called" if side == "agent":
            axes.axvline(at, color="gray", linewidth=0.8, linestyle=":")
            name = moment.about.get("name", "")
            _mark(axes, at, f"{moment.what.replace('_', ' ')} {name}".rstrip(), "gray")
        case "key" if side == "caller":
            _mark(axes, at, f"[{moment.about.get('digit', 'key')}]", COLOURS["caller"])


def _mark(axes: Axes, at: float, words: str, colour: str) -> None:
    axes.text(at, 0.98, f" {words}", fontsize=7, va="top", color=colour, parse_math=False)


def _holds(axes: Axes, moments: Iterable[Moment], seconds: float) -> None:
    held: Any = None
    for moment in moments:
        if moment.what == "held":
            held = moment.at_ms / 1000
        elif moment.what == "resumed" and held is not None:
            axes.axvspan(held, moment.at_ms / 1000, color="gray", alpha=0.2, linewidth=0)
            held = None
    if held is not None:
        axes.axvspan(held, seconds, color="gray", alpha=0.2, linewidth=0)
