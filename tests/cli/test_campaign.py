"""`gateway campaign` without a gateway; whole ones are in tests/whole_calls/test_outbound.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

TRUNK = {"trunks": {"carrier": {"peers": ["192.0.2.1"], "region": "DE"}}, "region": "DE"}


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A list, and a gateway with one trunk."""
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(TRUNK))
    file = tmp_path / "people.csv"
    file.write_text("number,name,timezone\n+4930123456,Ann,Europe/Berlin\n112,Bob,Europe/Berlin\n")
    return file


def test_a_dry_run_tells_who_would_be_called(gateway: Callable[..., Any], people: Path) -> None:
    """And calls nobody: there is no gateway."""
    said = gateway("campaign", str(people), "--plan", "reminder", "--dry-run")
    assert said.code == 0, said.err
    assert "+4930123456  at once  over carrier" in said.out
    assert "112  barred" in said.out
    assert [one.name for one in people.parent.glob("people.csv.*")] == []


def test_a_dry_run_looks_at_the_plan(gateway: Callable[..., Any], people: Path) -> None:
    """If it is here: whether it is there, and has the list's columns as variables."""
    plans = people.parent / "dialplans"
    plans.mkdir()
    plan = plans / "reminder.yaml"
    plan.write_text("agent: {}\noutbound: {}\nvariables: {nam: you}\n")
    said = gateway("campaign", str(people), "--plan", "reminder", "--dry-run")
    assert (said.code, "it has: nam" in said.err) == (1, True)
    plan.write_text("agent: {}\noutbound: {}\nvariables: {name: you}\n")
    assert gateway("campaign", str(people), "--plan", "reminder", "--dry-run").code == 0
    said = gateway("campaign", str(people), "--plan", "remindr", "--dry-run")
    assert (said.code, "there are: reminder" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        (["--window", "always"], "write days and hours"),
        (["--timezone", "Berlin"], "Europe/Berlin"),
        (["--ring", "3"], "with its unit"),
        (["--do-not-call", "none.txt"], "cannot be read"),
        (["--trunk", "other"], "there are: carrier"),
    ],
)
def test_what_cannot_be_is_told(
    gateway: Callable[..., Any], people: Path, options: list[str], cure: str
) -> None:
    """In one line, with the cure."""
    said = gateway("campaign", str(people), "--plan", "reminder", *options)
    assert said.code == 1
    assert cure in said.err


def test_a_window_needs_a_clock(gateway: Callable[..., Any], people: Path) -> None:
    """That of whoever is called."""
    people.write_text("number\n+4930123456\n")
    said = gateway(
        "campaign", str(people), "--plan", "reminder", "--window", "daily 09:00-18:00", "--dry-run"
    )
    assert said.code == 1
    assert "--timezone" in said.err
