"""What was heard, as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gateway.ear.measurement import measure
from gateway.ear.plot import Note, draw
from gateway.errors import BadInput
from tests.equipment.planted_faults import FAULTS, planted
from tests.records.report.test_plot import coloured, pixels


def _reds(folder: Path, kind: str, *notes: Note) -> np.ndarray:
    """Return how many red pixels each column of the picture of a spoilt call has; orange is none."""
    one = planted(FAULTS[kind], 1)
    draw(one.call, measure(one.call), folder / "call.png", "a call", notes)
    picture = pixels(folder / "call.png")
    no_orange = np.abs(picture[:, :, 1] - picture[:, :, 2]) < 0.1
    return coloured(picture * no_orange[:, :, None], "r")


@pytest.mark.parametrize("kind", ["dead air", "a click", "talked over"])
def test_what_is_to_complain_of_is_red_at_its_place(tmp_path: Path, kind: str) -> None:
    one, reds = planted(FAULTS[kind], 1), _reds(tmp_path, kind)
    place = one.at / one.call.seconds
    assert abs(float(np.argmax(reds)) / len(reds) - place) < 0.12


def test_words_and_what_was_not_as_expected(tmp_path: Path) -> None:
    bare = _reds(tmp_path, "a click")
    noted = _reds(
        tmp_path,
        "a click",
        Note("caller", 1.0, 3.0, "It costs $5."),
        Note("agent", 2.0, 2.0, "no", wrong=True),
    )
    assert noted.sum() > bare.sum() + 100


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    one = planted(FAULTS["a click"], 1)
    with pytest.raises(BadInput, match="nowhere"):
        draw(one.call, measure(one.call), tmp_path / "nowhere" / "call.png")
