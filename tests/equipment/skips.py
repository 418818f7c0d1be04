"""A test that misses something is skipped, but not in CI: what tests need can be had there.

Portable mode is another matter: what it cannot do was tested in native mode before.
"""

from __future__ import annotations

import os

import pytest

from gateway.media.plane import native_available

ALL_IS_THERE = bool(os.environ.get("CI")) and native_available() and not os.environ.get("UNPINNED")
"""Nothing is missing here, and so nothing is skipped."""
NOT_ON_THIS_MACHINE = "not on this machine: "
"""How the reason begins where no installation helps."""


def refuse(report: pytest.TestReport | pytest.CollectReport, all_is_there: bool = ALL_IS_THERE) -> None:
    """Make a failure of a report that something was skipped, where all is there."""
    if all_is_there and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        if NOT_ON_THIS_MACHINE in str(why):
            return
        report.outcome = "failed"
        report.longrepr = f"skipped, but in CI there is all that tests need: {why}"
