"""Many calls at once, driven by SIPp: every one is answered and ends; figures are the benchmark's."""

from __future__ import annotations

import asyncio

import pytest

from tests.equipment.programs import Gateway
from tests.sipp import runner

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(not runner.available(), reason="SIPp is not installed (Debian: sip-tester)"),
]


@pytest.mark.parametrize("scenario", ["uac", "setup", "talk"])
async def test_a_hundred_calls_at_once(gateway: Gateway, scenario: str) -> None:
    """SIPp's own `uac` and a caller with speech: a hundred at once, none fails, nothing stays behind."""
    report = await asyncio.to_thread(
        runner.run, gateway.sip, scenario, calls=100, rate=50, at_once=100, hold_ms=3500, bound_seconds=40
    )
    assert report.failed == 0, report
    assert report.successful == 100


@pytest.mark.parametrize("scenario", ["barge-in", "digits"])
async def test_callers_who_do_not_wait(gateway: Gateway, scenario: str) -> None:
    """Callers who interrupt and callers who key digits end as they wanted to."""
    report = await asyncio.to_thread(
        runner.run, gateway.sip, scenario, calls=10, rate=10, hold_ms=4500, bound_seconds=40
    )
    assert report.failed == 0, report
    assert report.successful == 10
