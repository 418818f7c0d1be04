"""The tables of docs/speed.md are written from what was measured, row by row."""

from __future__ import annotations

from datetime import date

import pytest

from tests.bench import speed
from tests.bench.load import LOADS

FOUND = {"gateway_per_call": 0.2345, "gap_p99": 20.04, "gap_max": 21.5, "failed": 0.0, "others": 0.02}
PAGE = """before
<!-- rows of core -->


<!-- end -->
between
<!-- rows of load -->


<!-- end -->
after
"""
DAY = date(2026, 11, 28)


def test_a_row_tells_what_was_measured() -> None:
    """With day and commit; what was not measured is a dash, and other programs are named."""
    cells = speed.row("core-200", FOUND, DAY, "abc1234").split(" | ")
    assert cells[:4] == ["| `core-200`", "0.23 %", "-", "20.0, 21.5"]
    assert cells[8] == "0, -"
    assert cells[-1] == "28 November 2026, abc1234 |"
    assert "beside 0.4 cores of others" in speed.row("core-200", FOUND | {"others": 0.42}, DAY, "abc1234")


def test_rows_are_written_into_their_table() -> None:
    """Anew where they are there already, in their order, and all others stay."""
    order = ["core-100", "core-200", "core-300"]
    rows = {name: speed.row(name, FOUND, DAY, "abc1234") for name in ("core-300", "core-100")}
    page = speed.written(PAGE, "core", rows, order)
    newer = speed.row("core-300", FOUND | {"failed": 1.0}, DAY, "def5678")
    page = speed.written(page, "core", {"core-300": newer}, order)
    head = "\n".join(speed._head())
    assert page == PAGE.replace("core -->\n\n", f"core -->\n\n{head}\n{rows['core-100']}\n{newer}", 1)


def test_a_row_without_a_table_is_not_lost_silently() -> None:
    """Whoever adds a load test adds a place for it."""
    with pytest.raises(ValueError, match="line"):
        speed.written("nothing", "line", {"line": "| `line` |"}, ["line"])


def test_the_page_has_a_table_for_every_load_test() -> None:
    """As it is in the repository."""
    page = speed.PAGE.read_text(encoding="utf-8")
    for table in {"peer", *map(speed.table_of, LOADS)}:
        assert f"<!-- rows of {table} -->\n\n" in page, table
