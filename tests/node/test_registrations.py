"""A trunk is registered by one process at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.node import registrations as module
from gateway.node.registrations import Registrations
from tests.equipment.shared_ledgers import Kept


def process(kept: Kept, name: str) -> tuple[Registrations, set[str]]:
    """Return one, and the trunks that it registers now."""
    has: set[str] = set()

    def switch(trunk: str, on: bool) -> None:
        (has.add if on else has.discard)(trunk)

    return Registrations(kept.side(name), ("pbx", "carrier"), switch), has


async def test_one_has_it_and_the_next_one_when_that_has_died() -> None:
    """Whoever comes first, for as long as it lives."""
    kept = Kept()
    (one, of_one), (other, of_other) = process(kept, "a"), process(kept, "b")
    for each in (one, other, one, other):
        await each.look()
    assert (of_one, of_other) == ({"pbx", "carrier"}, set())
    kept.plans.gone("a")
    await other.look()
    assert of_other == {"pbx", "carrier"}
    await one.look()  # it was only thought dead
    assert of_one == set()


async def test_who_ends_leaves_it_to_another_at_once() -> None:
    """And takes it no more."""
    kept = Kept()
    (one, of_one), (other, of_other) = process(kept, "a"), process(kept, "b")
    await one.look()
    await one.leave()
    await other.look()
    await one.look()
    assert (of_one, of_other) == (set(), {"pbx", "carrier"})


async def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is ours stays ours; what nobody has been heard to have is registered after a while."""
    now = [100.0]
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731 - it stands in for a function
    monkeypatch.setattr(module.time, "monotonic", clock)
    kept = Kept()
    (one, of_one), (other, of_other) = process(kept, "a"), process(kept, "b")
    await one.look()
    kept.away = True
    now[0] += module.ALONE_AFTER_S - 1
    for each in (one, other):
        await each.look()
    assert (of_one, of_other) == ({"pbx", "carrier"}, set())
    now[0] += 2
    await other.look()
    assert of_other == {"pbx", "carrier"}
    kept.away = False
    await one.look()
    await other.look()
    assert (of_one, of_other) == ({"pbx", "carrier"}, set())
