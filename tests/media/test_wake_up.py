"""Whether Python is woken: for what somebody waits for, and for the rest in time."""

from __future__ import annotations

from typing import Any

import pytest

native = pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")

NOW = 1_000_000_000


@pytest.fixture
def wake_up() -> Any:
    """Of nothing yet."""
    return native.WakeUp()


def test_nothing_wakes_nobody(wake_up: Any) -> None:
    """Neither now nor later."""
    assert not wake_up.waits()
    assert not wake_up.due(1 << 62)


def test_what_somebody_waits_for_wakes_at_once(wake_up: Any) -> None:
    """With all that could have waited."""
    wake_up.needed_by(NOW + 100)
    assert not wake_up.due(NOW)
    wake_up.needed()
    assert wake_up.due(NOW)


def test_all_else_wakes_when_the_first_of_it_is_due(wake_up: Any) -> None:
    """What comes later waits for no longer time of its own."""
    for due in (NOW + 100, NOW + 50, NOW + 150):
        wake_up.needed_by(due)
    assert wake_up.waits()
    assert not wake_up.due(NOW + 49)
    assert wake_up.due(NOW + 50)


def test_who_was_woken_has_taken_all(wake_up: Any) -> None:
    """It begins anew."""
    wake_up.needed_by(NOW + 50)
    wake_up.needed()
    wake_up.rung()
    assert not wake_up.waits()
    assert not wake_up.due(NOW + 50)
    wake_up.needed_by(NOW + 90)
    assert wake_up.due(NOW + 90)
