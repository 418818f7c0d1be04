"""Plots are well-formed and show what was given."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from gateway.loadtest import svg


def _marks(plot: str, name: str) -> list[ET.Element]:
    return list(ET.fromstring(f"<x>{plot}</x>").iter(name))


def test_lines() -> None:
    """A line for each series, a legend if there are several, a bound, nothing outside the frame."""
    plot = svg.lines({"a & b": [(0, 0), (10, 5)], "c": [(0, 1), (10, 30)]}, "calls", "ms", 40)
    assert len(_marks(plot, "polyline")) == 2
    assert "a &amp; b" in plot
    for circle in _marks(plot, "circle"):
        assert 0 <= float(circle.get("cy", "-1")) <= svg.HEIGHT
        assert 0 <= float(circle.get("cx", "-1")) <= svg.WIDTH
    assert len([line for line in _marks(plot, "line") if line.get("class") == "bound"]) == 1


def test_nothing_to_show() -> None:
    """Empty series and zeros are no error."""
    assert _marks(svg.lines({"": []}, "s", "calls"), "polyline")
    assert _marks(svg.lines({"": [(0, 0.0)]}, "s", "calls"), "polyline")


@pytest.mark.parametrize("values", [[20.0] * 50, [19.0, 20.0, 20.0, 55.0], [0.0]])
def test_distribution(values: list[float]) -> None:
    """Every value stands in some bar; those above the bound are marked."""
    plot = svg.distribution(np.array(values), "ms", 40)
    bars = _marks(plot, "rect")
    assert sum(int((bar[0].text or "").rpartition(" ")[2]) for bar in bars) == len(values)
    assert bool([bar for bar in bars if bar.get("class") == "over"]) == (max(values) > 40)


def test_values_are_read_off_round_numbers() -> None:
    """On both axes, and a power of ten where the height is logarithmic."""
    plot = svg.lines({"": [(0, 0), (47, 0.63)]}, "s", "MB")
    assert [text.text for text in _marks(plot, "text")] == [
        *("0", "10", "20", "30", "40", "50", "s"),
        *("0.0", "0.2", "0.4", "0.6", "0.8", "MB"),
    ]
    plot = svg.distribution(np.array([19.87] + [20.0] * 250 + [20.13]), "ms", 40)
    texts = [text.text for text in _marks(plot, "text")]
    assert texts == ["19.8", "19.9", "20.0", "20.1", "20.2", "ms", "1", "10", "100", "how many"]


def test_a_bar_is_as_high_as_its_number_says() -> None:
    """Ten values reach the line of ten."""
    plot = svg.distribution(np.array([1.0] + [2.0] * 10), "ms")
    one, ten = sorted(float(bar.get("y", "0")) for bar in _marks(plot, "rect"))[::-1]
    lines = {float(line.get("y1", "0")) for line in _marks(plot, "line")}
    assert lines > {one, ten}
