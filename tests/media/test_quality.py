"""An estimate of how good a line sounds: best without loss, worse with each per cent and with long ways."""

from __future__ import annotations

import pytest

from gateway.media.quality import mos


@pytest.mark.parametrize(
    ("lost", "delay_ms", "score"),
    # G.107's own default rating of 93.2 is 4.41 (annex B, table B.1); the rest by hand from its formulae.
    [(0, 0, 4.41), (0.01, 0, 4.34), (0.05, 0, 3.92), (0.2, 0, 2.6), (0, 150, 4.33), (0, 400, 3.14)],
)
def test_the_score_falls_with_loss_and_delay(lost: float, delay_ms: float, score: float) -> None:
    """To a tenth of what the E-model says."""
    assert mos(lost, delay_ms) == pytest.approx(score, abs=0.1)


@pytest.mark.parametrize(("lost", "delay_ms"), [(1, 0), (1, 5000), (-1, 0), (2, 0)])
def test_it_stays_on_its_scale(lost: float, delay_ms: float) -> None:
    """Whatever is counted."""
    assert 1 <= mos(lost, delay_ms) <= 4.5
