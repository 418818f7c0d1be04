"""`gateway route`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.usefixtures("dialplans")
def test_a_route_is_explained(gateway: Run) -> None:
    """The plan, by which rule, and all of it."""
    told = gateway("route", "100", "--from", "+15551230001", "--at", "18:00")
    assert told.code == 0
    assert "agent" in told.out
    assert "exact 100 matches 100" in told.out


def test_national_numbers_are_read_as_serve_reads_them(gateway: Run, dialplans: Path) -> None:
    """The region can be chosen where a plan is tried out."""
    (dialplans / "agent.yaml").write_text('numbers: ["+442071230001"]\nagent: {}\n')
    assert gateway("route", "02071230001").code == 1
    assert gateway("route", "02071230001", "--region", "GB").code == 0


@pytest.mark.usefixtures("dialplans")
def test_a_number_that_leads_nowhere(gateway: Run) -> None:
    """The code says so to scripts."""
    assert gateway("route", "999").code == 1


@pytest.mark.usefixtures("dialplans")
@pytest.mark.parametrize(
    ("arguments", "cure"), [(["--at", "tea time"], "18:00"), (["--header", "X-Campaign"], "NAME=VALUE")]
)
def test_what_cannot_be_understood_is_told_in_one_line(gateway: Run, arguments: list[str], cure: str) -> None:
    """With the option, and what to write instead."""
    told = gateway("route", "100", *arguments)
    assert told.code == 1
    assert told.err.startswith(f"gateway: command line: {arguments[0]}")
    assert cure in told.err
    assert told.err.count("\n") == 1
