"""What a plan's recordings and history lack in the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.calls.records_check import RecordsCheck
from gateway.dialplan import Plan
from gateway.records.settings import RecordSettings
from tests.equipment.plans import plan


def told(one: Plan, records: dict[str, Any], *, taps: bool = True) -> list[str]:
    """Return the cures that its author is told."""
    assert one.agent is not None
    check = RecordsCheck(RecordSettings(**records), lambda _plan, _agent: (), taps=taps)
    return [remark.cure for remark in check(one, one.agent)]


@pytest.mark.parametrize(
    ("records", "agent", "cure"),
    [
        ({"transcript": True}, {}, ""),
        ({}, {"summary": "Sum up."}, ""),
        ({}, {}, "records.transcript"),
        ({"transcript": True, "database": None}, {}, "records.database"),
    ],
)
def test_a_history_without_records(
    tmp_path: Path, records: dict[str, Any], agent: dict[str, Any], cure: str
) -> None:
    """Is none."""
    cures = told(plan(tmp_path, agent={"history": {"calls": 3}} | agent), records)
    assert [one.partition("set ")[2][: len(cure)] for one in cures] == [cure] * bool(cure)


@pytest.mark.parametrize(
    ("records", "taps", "cures"),
    [({}, True, []), ({"database": None}, True, ["records.database"]), ({}, False, ["portable mode"])],
)
def test_a_recording_that_cannot_be(
    tmp_path: Path, records: dict[str, Any], taps: bool, cures: list[str]
) -> None:
    """Where nothing would name it, and in portable mode."""
    by_agent = {"agent": {"tools": ["start_recording"]}}
    for wanted in ({"record": {"consent": "key"}}, by_agent):
        found = told(plan(tmp_path, **wanted), records, taps=taps)
        assert len(found) == len(cures)
        assert all(cure in one for cure, one in zip(cures, found, strict=True))
