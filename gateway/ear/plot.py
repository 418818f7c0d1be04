"""What the ear heard as a picture: both sides, every wait, every interruption, and what is to complain of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gateway.call_picture import CallPicture, RecordedSound
from gateway.ear.measurement import EarReport
from gateway.ear.stereo import Samples, StereoCall
from gateway.ear.turns import Exchange, ExchangeKind

RED = "tab:red"
TOGETHER = {
    ExchangeKind.TALK_OVER: "both at once",
    ExchangeKind.BREAK_IN: "breaks in",
    ExchangeKind.BARGE_IN: "gives way",
}
"""What both sides' sounding at once is called in a picture."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be written beside the sound, in seconds of the recording. `who` has the words.

    One that is `wrong` is a mark above the agent's sound; else the words stand below that of who said them.
    """

    who: str
    at: float
    until: float
    words: str
    wrong: bool = False


def draw(
    call: StereoCall, report: EarReport, file: Path, title: str = "", notes: Iterable[Note] = ()
) -> None:
    """Draw a recorded call into a file, of the kind that its name ends with. Raises BadInput."""
    picture = CallPicture(call.seconds)
    picture.title(title or file.stem, "seconds of the recording")
    picture.sound(RecordedSound(_pcm(call.caller), _pcm(call.agent), call.rate))
    for exchange in report.exchanges:
        _exchange(picture, exchange)
    for note in notes:
        if note.wrong:
            picture.moment("agent", note.at, note.words, RED, "-")
        else:
            picture.words(note.who, note.at, note.until - note.at, note.words)
    for one in report.complaints:
        if one.what not in set(ExchangeKind):  # those are drawn as long as they last
            picture.moment("agent", one.at, one.what.replace("_", " "), RED, "-")
    picture.save(file)


def _exchange(picture: CallPicture, one: Exchange) -> None:
    told, until = f"{one.seconds * 1000:.0f} ms", one.at + one.seconds
    if one.kind is ExchangeKind.ANSWER:
        picture.wait("agent", one.at, until, told)
    elif one.kind is ExchangeKind.DEAD_AIR:
        picture.wait("agent", one.at, until, f"dead air {told}", RED)
    elif one.kind in TOGETHER:
        picture.wait("caller", one.at, until, f"{TOGETHER[one.kind]} {told}", RED)


def _pcm(side: Samples) -> NDArray[np.int16]:
    return np.asarray(np.clip(side * 32767, -32768, 32767), np.int16)
