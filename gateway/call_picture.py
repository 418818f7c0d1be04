"""A picture of a call: the sound of both sides above each other over time, with words and marks on it.

Drawn with matplotlib, an extra: half a second of imports, so only when something is drawn.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from gateway.arrays import np
from gateway.errors import BadInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

SIDES = ("caller", "agent")
COLOURS = {"caller": "tab:blue", "agent": "tab:green", "gateway": "tab:purple"}
INCHES_A_MINUTE, LEAST_INCHES, MOST_INCHES = 20.0, 12.0, 80.0
COLUMNS_AN_INCH = 100
"""Of a picture, and of the waveforms in it: what is between two columns is drawn as its extremes."""
INCHES_A_LETTER = 0.058
"""Of the words, below what was said."""
LEAST_LETTERS = 3
MARK_INCHES = 0.16
"""The height of a row of marks."""
MARK_ROWS = 4
INCHES_A_SIDE = 2.5
FONT = "DejaVu Sans"
"""matplotlib's own. It has no Chinese, Japanese or Korean."""
FURTHER_FONTS = ("Noto Sans CJK JP", "WenQuanYi Micro Hei", "Unifont")
"""Of Debian (fonts-noto-cjk, fonts-wqy-microhei, unifont), each for what those before it have not."""


@dataclass(frozen=True, slots=True)
class RecordedSound:
    """Both sides of a call: samples of 16 bit, `rate` a second, beginning `began_ms` after second 0."""

    caller: NDArray[np.int16]
    agent: NDArray[np.int16]
    rate: int
    began_ms: int = 0


class CallPicture:
    """One picture in the making, `seconds` long. Raises BadInput where matplotlib is missing."""

    def __init__(self, seconds: float) -> None:
        try:
            from matplotlib.figure import Figure  # noqa: PLC0415 - see above
            from matplotlib.font_manager import get_font_names  # noqa: PLC0415
        except ImportError:
            cure = "install it: pip install 'sip-voice-gateway[plots]'"
            raise BadInput("picture", "matplotlib", "missing", cure) from None
        self._seconds = max(1.0, seconds)
        self._wide = min(MOST_INCHES, max(LEAST_INCHES, self._seconds / 60 * INCHES_A_MINUTE))
        self._fonts = [FONT, *sorted({*FURTHER_FONTS} & {*get_font_names()}, key=FURTHER_FONTS.index)]
        self._figure = Figure((self._wide, 5.6), dpi=COLUMNS_AN_INCH, layout="constrained")
        axes = self._figure.subplots(2, 1, sharex=True)
        self._sides: dict[str, Axes] = dict(zip(SIDES, axes, strict=True))
        self._words: dict[str, list[tuple[float, str, str]]] = {side: [] for side in SIDES}
        self._rows: dict[str, list[float]] = {side: [0.0] * MARK_ROWS for side in SIDES}
        for side, one in self._sides.items():
            _frame(one, side)

    def title(self, words: str, axis: str) -> None:
        """Write what the picture is of, and what its seconds count from."""
        self._sides["caller"].set_title(
            words, loc="left", fontsize=10, fontfamily=self._fonts, parse_math=False
        )
        self._sides["agent"].set_xlabel(axis)

    def sound(self, sound: RecordedSound | None) -> None:
        """Draw both sides' sound; say it where there is none."""
        for side, axes in self._sides.items():
            if sound is None:
                axes.text(
                    0.01, 0.95, "no recording", transform=axes.transAxes, color="gray", va="top", fontsize=8
                )
            else:
                self._waveform(axes, getattr(sound, side), sound, COLOURS[side])

    def words(self, who: str, at: float, lasts: float | None, text: str) -> None:
        """Write what somebody said below their sound, as far as there is room until the next words there.

        `lasts` None: it is not known for how many seconds.
        """
        side, colour = "caller" if who == "caller" else "agent", COLOURS.get(who, "gray")
        self._sides[side].axvspan(
            at, at + (lasts or 0.0), ymin=0.02, ymax=0.06, color=colour, alpha=0.6, linewidth=0
        )
        self._words[side].append((at, text, colour))

    def wait(self, side: str, since: float, until: float, words: str, colour: str = "tab:orange") -> None:
        """Draw a stretch of time in which something was waited for, or was wrong."""
        self._sides[side].axvspan(since, until, ymin=0.75, color=colour, alpha=0.35, linewidth=0)
        self.mark(side, since, words, colour)

    def moment(self, side: str, at: float, words: str, colour: str = "gray", style: str = ":") -> None:
        """Draw a line at a moment, with words if there are any."""
        self._sides[side].axvline(at, color=colour, linewidth=0.8 if style == ":" else 1, linestyle=style)
        if words:
            self.mark(side, at, words, colour)

    def mark(self, side: str, at: float, words: str, colour: str) -> None:
        """Write words above a side's sound, in the first row that has room there."""
        rows = self._rows[side]
        row = next((number for number, ends in enumerate(rows) if ends <= at), MARK_ROWS - 1)
        rows[row] = at + (cell_len(words) + 2) * INCHES_A_LETTER * self._seconds / self._wide
        high = 0.98 - row * 2 * MARK_INCHES / INCHES_A_SIDE
        self._text(side, at, high, f" {words}", colour, "top")

    def shade(self, since: float, until: float) -> None:
        """Draw both sides in grey, as on hold."""
        for axes in self._sides.values():
            axes.axvspan(since, until, color="gray", alpha=0.2, linewidth=0)

    def save(self, file: Path) -> None:
        """Write the file, of the kind that its name ends with. Raises BadInput."""
        self._sides["agent"].set_xlim(0, self._seconds)
        self._write_words()
        if file.is_dir() or file.suffix == "":
            cure = "write the name of a file, such as call.png: what it ends with says of which kind it is"
            raise BadInput("picture", "file", str(file), cure)
        try:
            with warnings.catch_warnings():
                # What no font has is a box: whoever knows the cure reads docs/records.md, and no log.
                warnings.filterwarnings("ignore", "Glyph .* missing from")
                self._figure.savefig(file)
        except (OSError, ValueError) as error:
            raise BadInput("picture", "file", str(file), str(error)) from None

    def _write_words(self) -> None:
        for side, said in self._words.items():
            said.sort()
            ends = [*(at for at, _, _ in said[1:]), self._seconds]
            for (at, text, colour), end in zip(said, ends, strict=False):
                room = round((end - at) * self._wide / self._seconds / INCHES_A_LETTER)
                self._text(side, at, -0.84, _cut(text, room), colour, "bottom")

    def _text(self, side: str, at: float, high: float, words: str, colour: str, edge: str) -> None:
        """Write small words, whose `edge` is that high."""
        written = self._sides[side].text(
            at, high, words, fontsize=7, fontfamily=self._fonts, va=edge, color=colour, parse_math=False
        )
        written.set_in_layout(False)  # wide letters at the end may stand out, and move nothing

    def _waveform(self, axes: Axes, samples: NDArray[np.int16], sound: RecordedSound, colour: str) -> None:
        """Draw the extremes of each column, so that no peak is lost however long the call is."""
        step = max(1, len(samples) // round(self._wide * COLUMNS_AN_INCH))
        whole = samples[: len(samples) // step * step].reshape(-1, step).astype(np.float32) / 32768
        at = sound.began_ms / 1000 + np.arange(len(whole)) * step / sound.rate
        if len(whole):
            axes.fill_between(
                at, whole.min(axis=1), whole.max(axis=1), color=colour, linewidth=0.5, step="mid"
            )


def _cut(text: str, room: int) -> str:
    """Return as much of a text as has room, in letters; Chinese ones are as wide as two."""
    if cell_len(text) <= room:
        return text
    return f"{set_cell_size(text, room - 1).rstrip()}…" if room >= LEAST_LETTERS else ""


def _frame(axes: Axes, side: str) -> None:
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    axes.set_ylabel(side, color=COLOURS[side])
    for edge in ("top", "right", "left"):
        axes.spines[edge].set_visible(False)
