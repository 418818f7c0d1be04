"""New calls a second on trunks that several processes share."""

from __future__ import annotations

from gateway.calls.trunk_pace import TrunkPace
from tests.equipment.shared_ledgers import Kept


async def test_a_pace_holds_for_all() -> None:
    """Whichever process a call comes to; trunks without a bound are not counted."""
    kept = Kept()
    here, there = (TrunkPace({"pbx": 2.0}, kept.side(name)) for name in "ab")
    assert here.bounds("pbx")
    assert not here.bounds("open")
    assert [await one.admits("pbx") for one in (here, there, here, there)] == [True, True, False, False]
    assert await here.admits("open")
    kept.now = 0.5
    assert [await one.admits("pbx") for one in (there, here)] == [True, False]


async def test_nobody_answers() -> None:
    """Each process has its share, anew where there are more of them than before."""
    kept, now = Kept(processes=2), 0.0
    kept.away = True
    here, there = (TrunkPace({"pbx": 4.0}, kept.side(name), lambda: now) for name in "ab")
    assert [await here.admits("pbx") for _ in range(3)] == [True, True, False]
    assert await there.admits("pbx")
    now = 0.5
    assert [await here.admits("pbx") for _ in range(2)] == [True, False]
    kept.processes = 4
    assert [await here.admits("pbx") for _ in range(2)] == [True, False]


async def test_one_process_counts_where_it_answers() -> None:
    """Alone there is nobody to ask: the trunk itself has refused what is too much."""
    alone = TrunkPace({"pbx": 1.0})
    assert not alone.bounds("pbx")
    assert [await alone.admits("pbx") for _ in range(3)] == [True] * 3
