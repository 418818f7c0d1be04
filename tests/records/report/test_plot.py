"""A call as a picture."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from gateway.call_picture import COLUMNS_AN_INCH, LEAST_INCHES, RecordedSound
from gateway.errors import BadInput
from gateway.records.call_record import Line, Moment
from gateway.records.report.plot import draw
from tests.records.store.made_records import ended

TALK = ended(
    "471a26b2",
    seconds=10.0,
    moments=(
        Moment(40, "answered"),
        Moment(2000, "answer", {"waited_ms": 640}),
        Moment(3000, "barge_in", {"heard_ms": 900}),
        Moment(4000, "held"),
        Moment(5000, "resumed"),
        Moment(6000, "key", {"digit": "$5"}),
        Moment(7000, "held"),
    ),
    transcript=(
        Line(2000, "agent", "It costs $5 and $6.", True, 1000),
        Line(3000, "caller", "Stop.", False, 700),
    ),
)


def pixels(file: Path) -> np.ndarray:
    """Return rows of pixels, each red, green and blue from 0 to 1."""
    return image.imread(file)[:, :, :3]


def coloured(picture: np.ndarray, colour: str) -> np.ndarray:
    """Return how many pixels of each column are mainly of a colour."""
    main = "rgb".index(colour)
    others = [picture[:, :, n] for n in range(3) if n != main]
    return ((picture[:, :, main] - np.maximum(*others)) > 0.15).sum(axis=0)


def test_both_sides_are_drawn_where_they_were_heard(tmp_path: Path) -> None:
    """A loud second of the caller's at 6 s is in the upper half, at that place, and nowhere else."""
    rate = 8000
    caller = np.zeros(10 * rate, np.int16)
    caller[6 * rate : 7 * rate] = np.tile([20_000, -20_000], rate // 2)
    silence = np.zeros_like(caller)
    loud, quiet = tmp_path / "loud.png", tmp_path / "quiet.png"
    bare = ended("a", seconds=10.0, moments=(), transcript=None)
    draw(bare, RecordedSound(caller, silence, rate), loud)
    draw(bare, RecordedSound(silence, silence, rate), quiet)
    picture = pixels(loud)
    assert picture.shape[1] == round(LEAST_INCHES * COLUMNS_AN_INCH)
    upper = coloured(picture[: len(picture) // 2], "b") - coloured(pixels(quiet)[: len(picture) // 2], "b")
    found = np.flatnonzero(upper > 50)
    assert 0.08 * picture.shape[1] < len(found) < 0.11 * picture.shape[1]
    assert 0.55 < found.mean() / picture.shape[1] < 0.72
    assert (coloured(picture[len(picture) // 2 :], "b") <= 2).all()


def test_what_happened_is_drawn_without_a_recording(tmp_path: Path) -> None:
    """Interruptions in red, and any text as it is: money is no mathematics."""
    file = tmp_path / "call.png"
    draw(TALK, None, file)
    assert coloured(pixels(file), "r").max() > 100


@pytest.mark.parametrize("name", ["missing/call.png", "call.docx"])
def test_a_file_that_cannot_be_drawn(tmp_path: Path, name: str) -> None:
    """It is named."""
    with pytest.raises(BadInput, match=name.rpartition("/")[2]):
        draw(TALK, None, tmp_path / name)


def test_pictures_are_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not installed it is told how."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(BadInput, match=r"sip-voice-gateway\[plots\]"):
        draw(TALK, None, tmp_path / "call.png")
