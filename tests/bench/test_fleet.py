"""What the simulation says of a few gateways is what has to hold of real ones."""

from __future__ import annotations

import pytest

from tests.bench.fleet import LEASE_S, PING_S, SILENT_S, Fleet, day


def filled(calls: int, nodes: int = 3, most: int = 100) -> Fleet:
    """Return gateways with so many calls that nobody ends."""
    fleet = Fleet(nodes, most)
    for _ in range(calls):
        assert fleet.call(1e9) is not None
    return fleet


def test_one_of_three_dies() -> None:
    """As in the real run: twenty of sixty are lost, no new call fails, and the next ones know better."""
    fleet = filled(60)
    assert fleet.calls == [20, 20, 20]
    fleet.dies(0)
    answered = [fleet.call(1.0) for _ in range(10)]
    assert all(call is not None and call.node != 0 for call in answered)
    outcome = fleet.run(LEASE_S + 1)
    assert (outcome.lost, outcome.refused, outcome.above, outcome.healed_s) == (20, 0, 0, LEASE_S)
    assert fleet.calls == [0, 20, 20]


def test_who_asks_one_that_has_just_died_waits_once() -> None:
    """So do those who are sent there before its silence is over; it gets calls again when it is back."""
    fleet = filled(0)
    fleet.dies(0)
    for _ in range(2):
        assert fleet.call(100.0)
    assert fleet.outcome.late == 1  # who waits there counts there: the next ones are sent elsewhere
    assert fleet.call(100.0)
    assert fleet.outcome.late == 2
    fleet.run(SILENT_S + 0.01)
    assert fleet.call(1.0)
    assert fleet.outcome.late == 2
    fleet.run(5 * (PING_S + SILENT_S))
    found = {call.node for call in (fleet.call(100.0) for _ in range(6)) if call is not None}
    assert found == {0, 1, 2}


def test_all_are_replaced_without_a_refusal() -> None:
    """Twenty new calls a second meanwhile, as in the real run."""
    fleet = Fleet(3, 400)
    fleet.rings(20, 2)
    fleet.run(60)
    fleet.restart_all()
    outcome = fleet.run(300)
    assert (outcome.refused, outcome.cut, outcome.lost) == (0, 0, 0)
    assert [node.life for node in fleet.nodes] == [1, 1, 1]


def test_calls_that_outlast_a_drain_are_cut() -> None:
    """And are counted."""
    fleet = filled(9)
    fleet.restart_all()
    assert fleet.run(200).cut == 9


def test_a_bound_holds_whatever_happens() -> None:
    """What dies keeps room until its lease runs out: too few calls for a while, never too many."""
    fleet = Fleet(5, 100, cap=100)
    fleet.rings(10, 60)
    fleet.fails_by_chance(30)
    outcome = fleet.run(3600)
    assert outcome.above == 0
    assert outcome.lost > 0
    assert outcome.refused > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_each_time(seed: int) -> None:
    """Seeded."""
    outcomes = []
    for _ in range(2):
        fleet = Fleet(4, 50, seed=seed)
        fleet.rings(5, 30)
        fleet.fails_by_chance(60)
        outcomes.append(fleet.run(600))
    assert outcomes[0] == outcomes[1]


def test_a_large_fleet() -> None:
    """A small form of the hundred: calls are even, and only the dead lose any."""
    outcome, calls = day(20, 50, 0.5)
    assert outcome.refused == 0
    assert max(calls) - min(calls) <= 12
