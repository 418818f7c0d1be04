"""What a plan says about the course of a call."""

from __future__ import annotations

import pytest

from gateway.conversation.policy import Detector, Policy, TurnMode


@pytest.mark.parametrize(
    ("policy", "detects"),
    [
        (Policy(), False),
        (Policy(detector=Detector.LOCAL), True),
        (Policy(detector=Detector.DUCK), True),
        (Policy(detector=Detector.LOCAL, barge_in=False), False),
        (Policy(turns=TurnMode.VOICE, barge_in=False), True),
        (Policy(turns=TurnMode.KEY, silence=None), False),
        (Policy(turns=TurnMode.KEY, silence=1.0), True),
    ],
)
def test_the_detector_runs_only_where_it_has_a_say(policy: Policy, detects: bool) -> None:
    """It costs nothing otherwise."""
    assert policy.detects is detects
