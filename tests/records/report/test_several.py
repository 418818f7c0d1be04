"""Several calls where one was meant."""

from __future__ import annotations

import pytest

from gateway.records.report.several import LISTED, several


def test_in_a_sentence() -> None:
    assert several(["c2", "c1"]) == "several calls begin so, write more of it: c2, c1"


def test_in_lines() -> None:
    told = several(["c2  100 to 200", "c1  \x1b[2J to 200"], a_line_each=True)
    assert told == "several calls begin so, write more of it:\n  c2  100 to 200\n  c1   [2J to 200"


@pytest.mark.parametrize(("calls", "named"), [(LISTED, LISTED), (LISTED + 5, LISTED + 1)])
def test_not_too_many(calls: int, named: int) -> None:
    lines = several([f"c{number}" for number in range(calls)], a_line_each=True).splitlines()[1:]
    assert (len(lines), lines[-1] == "  and more") == (named, named > LISTED)
