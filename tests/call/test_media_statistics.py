"""What is told of a leg's audio: each figure is explained to whoever reads it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from gateway.call import LegLevels, MediaStatistics

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "lines.md"


@pytest.mark.parametrize(
    "figure", [one.name for kind in (MediaStatistics, LegLevels) for one in fields(kind)]
)
def test_every_figure_is_explained(figure: str) -> None:
    """In docs/lines.md."""
    assert f"`{figure}`" in DOCUMENT.read_text(encoding="utf-8")


def test_what_is_not_seen_is_nothing() -> None:
    """Not zero: a line of which nobody sees the packets has not lost none."""
    told = MediaStatistics(None, None, None, None, underruns=0, late_ticks=0)
    assert (told.packets_late, told.concealed_ms, told.mos) == (None, None, None)
