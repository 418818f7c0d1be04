"""What calls cost, added up."""

from __future__ import annotations

import io
from datetime import UTC, timedelta, timezone
from decimal import Decimal

import pytest
from rich.console import Console

from gateway.records.report.costs import cost_table, costs
from tests.records.store.made_records import ended

CALLS = [
    ended("a", plan="day", cost_usd=0.1, talk_seconds=60.0),
    ended("b", plan="day", cost_usd=0.2, talk_seconds=30.0),
    ended("c", plan="night", cost_usd=None),
    ended("e", plan="night", cost_usd=None, figures={"cost_at_least_usd": 0.04}),
    ended("d", 13 * 60, plan="day", cost_usd=0.05),
]


def test_sums_are_exact() -> None:
    """A tenth and two tenths are three tenths; of what is not known the known part counts."""
    sums = costs(CALLS, ["plan"], UTC)
    assert (sums["day",].usd, sums["day",].calls, sums["day",].seconds) == (Decimal("0.35"), 3, 90.0)
    assert (sums["night",].usd, sums["night",].unknown) == (Decimal("0.04"), 2)


def test_days_are_those_of_the_zone() -> None:
    """A call at one in the morning is tomorrow's."""
    assert list(costs(CALLS, ["plan", "day"], UTC)) == [
        ("day", "2026-11-27"),
        ("day", "2026-11-28"),
        ("night", "2026-11-27"),
    ]
    west = timezone(timedelta(hours=-5))
    assert list(costs(CALLS, ["day"], west)) == [("2026-11-27",)]


def test_an_unknown_key() -> None:
    """The caller's to tell."""
    with pytest.raises(KeyError):
        costs(CALLS, ["mood"], UTC)


def test_the_table_ends_with_the_sum_of_all() -> None:
    """Whatever was told apart."""
    console = Console(width=100, file=io.StringIO())
    for by in (["plan"], ["plan", "day"]):
        console.print(cost_table(costs(CALLS, by, UTC), by))
    last = [line for line in console.file.getvalue().splitlines() if line.startswith("all")]  # type: ignore[attr-defined]
    assert [line.split() for line in last] == [["all", "5", "1:30", "0.3900", "2"]] * 2


def test_a_terminal_obeys_no_caller() -> None:
    """A number is neither an order to it, nor markup."""
    console = Console(width=100, file=io.StringIO())
    calls = [ended("a", caller="\x1b[2J"), ended("b", caller="[/b] [red]")]
    console.print(cost_table(costs(calls, ["caller"], UTC), ["caller"]))
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in told
    assert "[/b] [red]" in told
