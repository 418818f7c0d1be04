"""In CI a missing program, package or recording is a failure."""

from __future__ import annotations

import pytest

from tests.equipment.skips import NOT_ON_THIS_MACHINE, refuse

WHERE = ("tests/test_x.py", 3, "test_x")


def skipped(why: str = "SIPp is not installed") -> pytest.TestReport:
    """Make the report of a test that missed something."""
    return pytest.TestReport(WHERE[0], WHERE, {}, "skipped", (WHERE[0], 3, f"Skipped: {why}"), "setup")


def test_a_skipped_test_has_failed_in_ci() -> None:
    """It says what was missing."""
    report = skipped()
    refuse(report, all_is_there=True)
    assert (report.outcome, report.failed) == ("failed", True)
    assert "SIPp is not installed" in str(report.longrepr)


def test_elsewhere_it_is_skipped() -> None:
    """A person's machine need not have everything, nor has portable mode."""
    report = skipped()
    refuse(report, all_is_there=False)
    assert report.outcome == "skipped"


def test_what_no_installation_brings_is_skipped_in_ci_too() -> None:
    """It is the machine's, not the set-up's."""
    report = skipped(NOT_ON_THIS_MACHINE + "a mount namespace")
    refuse(report, all_is_there=True)
    assert report.outcome == "skipped"


def test_what_is_expected_to_fail_is_none_of_it() -> None:
    """A test marked so is no test that misses something."""
    report = skipped()
    report.wasxfail = "known"
    refuse(report, all_is_there=True)
    assert report.outcome == "skipped"


def test_a_module_that_misses_something_has_failed_too() -> None:
    """It is skipped before there is a test in it."""
    report = pytest.CollectReport(WHERE[0], "skipped", (WHERE[0], 3, "Skipped: no engines"), [])
    refuse(report, all_is_there=True)
    assert report.outcome == "failed"
