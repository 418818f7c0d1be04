"""Planted faults are the same each time, and really there."""

from __future__ import annotations

import numpy as np
import pytest

from tests.equipment.planted_faults import CLEAN, FAULTS, planted


@pytest.mark.parametrize("kind", [*FAULTS, *CLEAN])
def test_a_recording_is_its_seeds(kind: str) -> None:
    made = (FAULTS | dict(CLEAN))[kind]
    one, again, other = planted(made, 1), planted(made, 1), planted(made, 2)
    assert np.array_equal(one.call.agent, again.call.agent)
    assert not np.array_equal(one.call.agent, other.call.agent)
    assert (one.what is None) is (kind in CLEAN)
    assert 0 <= one.at < one.call.seconds
