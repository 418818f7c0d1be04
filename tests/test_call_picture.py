"""The picture that calls are drawn into."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context

from gateway.call_picture import COLUMNS_AN_INCH, LEAST_INCHES, MOST_INCHES, CallPicture, RecordedSound
from gateway.errors import BadInput
from tests.records.report.test_plot import pixels


@pytest.mark.parametrize(("seconds", "inches"), [(1, LEAST_INCHES), (100, 100 / 3), (7200, MOST_INCHES)])
def test_longer_calls_have_wider_pictures(tmp_path: Path, seconds: float, inches: float) -> None:
    """Between what fits on a screen and what a program can open."""
    picture = CallPicture(seconds)
    picture.save(tmp_path / "call.png")
    assert pixels(tmp_path / "call.png").shape[1] == pytest.approx(inches * COLUMNS_AN_INCH, abs=1)


def test_marks_that_come_close_stand_below_each_other(tmp_path: Path) -> None:
    """All of them can be read: each adds as much ink as the first."""
    ink = []
    for count in range(4):
        picture = CallPicture(10)
        for number in range(count):
            picture.mark("agent", 5 + number / 100, "a mark of some length", "black")
        picture.save(tmp_path / f"{count}.png")
        ink.append(float((1 - pixels(tmp_path / f"{count}.png")).sum()))
    added = np.diff(ink)
    assert added.min() > 0.8 * added.max()


@pytest.mark.parametrize(("next_at", "readable"), [(None, True), (5.0, True), (1.2, False)])
def test_short_words_have_the_room_until_the_next(
    tmp_path: Path, next_at: float | None, readable: bool
) -> None:
    """A "Goodbye" of half a second is read where nothing stands beside it."""
    ink = []
    for text in ("", "Goodbye, and thank you."):
        picture = CallPicture(10)
        if next_at is not None:
            picture.words("caller", next_at, 0.5, "")
        picture.words("caller", 1, 0.5, text)
        picture.save(tmp_path / "call.png")
        ink.append(float((1 - pixels(tmp_path / "call.png")).sum()))
    assert (ink[1] - ink[0] > 300) is readable


def test_everything_on_one_picture(tmp_path: Path) -> None:
    """Sound of both sides, words, waits, moments, holds; text is taken as it is."""
    picture = CallPicture(4)
    sound = np.full(8000, 8000, np.int16)
    picture.title("$5 for _all_", "seconds")
    picture.sound(RecordedSound(sound, sound, 8000, 500))
    picture.words("caller", 1, 1.0, "It costs $5, and $6.")
    picture.words("gateway", 2, None, "[file.wav]")
    picture.wait("agent", 1, 2, "1000 ms")
    picture.moment("agent", 3, "called $x_y$")
    picture.shade(3, 4)
    picture.save(tmp_path / "call.svg")
    assert (tmp_path / "call.svg").stat().st_size > 1000


def test_names_of_all_the_world(tmp_path: Path) -> None:
    """What no font has is drawn as boxes, and nobody is warned of it (here warnings are errors)."""
    picture = CallPicture(4)
    picture.title("山田太郎 > 100", "seconds")
    picture.words("caller", 1, 1.0, "もしもし \N{MAHJONG TILE RED DRAGON} \N{LINEAR B SYLLABLE B008 A}")
    picture.mark("agent", 1, "transfer to 営業", "black")
    picture.save(tmp_path / "call.png")
    assert pixels(tmp_path / "call.png").size


def test_wide_letters_have_their_room(tmp_path: Path) -> None:
    """Chinese words end where those of a Latin script do that are twice as long."""
    written = {}
    for letter in "W水":
        picture = CallPicture(100)
        picture.words("caller", 0, None, 1000 * letter)
        with rc_context({"svg.fonttype": "none"}):
            picture.save(tmp_path / "call.svg")
        written[letter] = (tmp_path / "call.svg").read_text(encoding="utf-8").count(letter)
    assert 100 < written["W"] < 1000
    assert written["水"] == pytest.approx(written["W"] / 2, abs=2)


def test_matplotlib_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not installed it is told how."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(BadInput, match=r"sip-voice-gateway\[plots\]"):
        CallPicture(10)
