"""When Python is told of what models say: shortly before the tick at which it is heard."""

from __future__ import annotations

from typing import Any

import pytest

native = pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")

MS = 1_000_000
TICK = 20 * MS
SPARE, LEAST, SILENT = 2 * MS, 4 * MS, 100 * MS
NOW = 1_000 * TICK
NEXT = NOW + TICK


@pytest.fixture
def moment() -> Any:
    """Of models of which one has just said something."""
    made = native.TellMoment()
    made.came(NOW)
    return made


def test_it_is_told_before_the_next_tick(moment: Any) -> None:
    """Little is enough for a loop that has nothing to do."""
    assert moment.before(NEXT, NOW) == NEXT - SPARE


def test_it_is_told_at_once_while_models_are_silent() -> None:
    """The first word waits for no other: nobody knows that there will be one."""
    moment = native.TellMoment()
    assert moment.before(NEXT, NOW) == 0
    moment.came(NOW)
    assert moment.before(NEXT + SILENT, NOW + SILENT) > 0
    assert moment.before(NEXT + SILENT, NOW + SILENT + 1) == 0


def test_it_is_told_the_sooner_the_longer_python_took(moment: Any) -> None:
    """By the longest time of late, which is forgotten within some seconds."""
    moment.took(5 * MS)
    moment.took(1 * MS)
    lead = NEXT - moment.before(NEXT, NOW)
    assert SPARE + 4 * MS < lead < SPARE + 5 * MS
    for _ in range(500):
        moment.took(1 * MS)
    assert NEXT - moment.before(NEXT, NOW) < SPARE + 1.1 * MS


@pytest.mark.parametrize("took", [15 * MS, 30 * MS])
def test_a_loop_that_is_late_is_told_at_once(moment: Any, took: int) -> None:
    """What would wait for nothing, or for less than is worth a sleep."""
    moment.took(took)
    assert moment.before(NEXT, NOW) == 0


def test_a_tick_that_was_late_leaves_the_less_time_to_wait(moment: Any) -> None:
    """The next one is due when it was."""
    assert moment.before(NEXT, NEXT - SPARE - LEAST) == NEXT - SPARE
    assert moment.before(NEXT, NEXT - SPARE - LEAST + 1) == 0
    assert moment.before(NOW - 1, NOW) == 0
