from __future__ import annotations

import math
import random

from gateway.local.engines.fault_schedule import BAD_BASE64, UNKNOWN_EVENT, Fate
from gateway.local.engines.script import Fault, SessionFaults
from gateway.local.vocabulary import NO_FAULTS, EngineFailure


def fate(*faults: dict[str, object], seed: int = 1, **given: object) -> Fate:
    session = SessionFaults.model_validate({"faults": [Fault.model_validate(one) for one in faults], **given})
    return Fate(session, random.Random(seed))


def test_nothing_in_store() -> None:
    """A session without faults is spared everything."""
    spared = fate()
    assert spared.faults == NO_FAULTS.__class__(drop_reason="The script says so.")
    assert spared.told() == {}
    assert not spared.swallows(100)
    assert spared.failure(100) is None
    assert spared.mute_s(100) == 0


def test_moments_are_drawn_once() -> None:
    """Within their range, and the same for the same seed."""
    given = {"drop_after_s": [1, 8], "expire_after_s": [20, 30]}
    drawn = [fate(seed=seed, **given).faults for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(1 <= (one.drop_after_s or 0) <= 8 for one in drawn)
    assert all(20 <= (one.expire_after_s or 0) <= 30 for one in drawn)


def test_on_the_wire() -> None:
    """Stalls and garbage happen by themselves, at their moments."""
    faults = fate(
        {"after_s": 1, "stall": 5},
        {"after_s": 2, "stall": True},
        {"after_s": 6, "freeze": True},
        {"after_s": 3, "raw": "{"},
        {"after_s": 4, "bad_base64": True},
        {"after_s": 5, "unknown_event": True},
    ).faults
    assert faults.stalls == ((1, 5), (2, math.inf))
    assert faults.freezes == (6,)
    assert faults.frames == ((3, b"{"), (4, BAD_BASE64), (5, UNKNOWN_EVENT))


def test_told_beforehand() -> None:
    """Every fault with its moment."""
    one = fate({"after_s": 2.0004, "mute": 1}, drop_after_s=3, drop_code=1011, expire_after_s=4)
    assert one.told() == {"drop 1011": 3, "expire": 4, "mute": 2.0}


def test_swallows_so_many() -> None:
    """From its moment on, as often as it says."""
    one = fate({"after_s": 2, "swallow": 2})
    assert [one.swallows(now) for now in (1, 2, 3, 4)] == [False, True, True, False]


def test_fails_so_many() -> None:
    """Each failure names the code; two faults follow each other."""
    one = fate({"after_s": 2, "fail": "a"}, {"after_s": 2, "fail": "b", "times": "always", "message": "no"})
    assert one.failure(1) is None
    assert one.failure(2) == EngineFailure("a", "The script says so.", "a")
    assert [one.failure(now) for now in (3, 400)] == [EngineFailure("b", "no", "b")] * 2


def test_mute_for_a_time_or_for_good() -> None:
    """How long answers stay silent, from any moment."""
    one = fate({"after_s": 2, "mute": 3}, {"after_s": 10, "mute": True})
    assert [one.mute_s(now) for now in (1, 2, 4, 6, 10, 99)] == [0, 3, 1, 0, math.inf, math.inf]
