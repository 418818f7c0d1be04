"""How a campaign calls."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from gateway.campaign.rules import DialPace, Rules

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)  # a Friday


def test_a_window_is_by_the_clock_of_the_one_who_is_called() -> None:
    """Noon in London is seven in New York."""
    rules = Rules("p", windows=("Mon-Fri 09:00-18:00",), zone="Europe/London")
    assert rules.open_for("", NOON)
    assert not rules.open_for("America/New_York", NOON)
    assert rules.opens("America/New_York", NOON) == datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
    assert rules.opens("Asia/Tokyo", NOON) == datetime(2026, 11, 30, 0, 0, tzinfo=UTC)


def test_without_a_window_it_is_always_time() -> None:
    """Also at night."""
    assert Rules("p").opens("Asia/Tokyo", NOON) == NOON


@pytest.mark.parametrize(
    ("outcome", "attempts", "again"),
    [
        ("busy", 1, True),
        ("no_answer", 2, True),
        ("busy", 3, False),
        ("refused", 1, False),
        ("answered", 1, False),
    ],
)
def test_whoever_was_not_reached_is_tried_again(outcome: str, attempts: int, again: bool) -> None:
    """So often, and nobody who has refused."""
    assert Rules("p", retries=2).tried_again(outcome, attempts) is again


def test_calls_begin_evenly() -> None:
    """And late ones do not push those behind them."""
    pace = DialPace(4.0)
    began = []
    now = 0.0
    for late in (0.0, 0.01, 0.02, 0.0, 0.05, 0.0):
        now += pace.due_in(now) + late
        pace.began(now)
        began.append(now)
    assert began[-1] == pytest.approx(1.25)


def test_a_moments_delay_is_caught_up_with() -> None:
    """At twice the pace, and no faster."""
    pace = DialPace(10.0)
    pace.began(0.0)
    began = []
    now = 0.6
    for _ in range(12):
        now += pace.due_in(now)
        pace.began(now)
        began.append(now)
    gaps = [late - early for early, late in itertools.pairwise(began)]
    assert min(gaps) >= 0.0499
    assert began[-1] == pytest.approx(1.2)


def test_what_was_missed_is_not_made_up_for_at_once() -> None:
    """After a pause it goes on at the pace that was asked."""
    pace = DialPace(10.0)
    pace.began(0.0)
    assert pace.due_in(60.0) == 0.0
    pace.began(60.0)
    assert pace.due_in(60.0) == pytest.approx(0.1)
