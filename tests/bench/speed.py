"""Writes the tables of docs/speed.md anew: `python -m tests.bench.speed [NAME ...]`.

Names are those of `load.LOADS`, and `peer`. Each row is one load test, with the day and the commit that it
was measured with, and what else the machine did meanwhile. Rows that are not asked for stay as they are.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from gateway.loadtest.outcome import Outcome
from tests.bench import peer
from tests.bench.load import LOADS, ring

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "speed.md"
QUIET = 0.1
"""Cores: whatever more others took is told."""

Values = Mapping[str, float]


def _of(*keys: str, digits: int = 0, plus: str = "") -> Callable[[Values], str]:
    """Return what shows some figures, in this order; - for what was not measured."""

    def show(found: Values) -> str:
        values = [found.get(key, math.nan) for key in keys]
        if all(math.isnan(value) for value in values):
            return "-"
        return ", ".join("-" if math.isnan(value) else f"{value:.{digits}f}{plus}" for value in values)

    return show


COLUMNS: dict[str, Callable[[Values], str]] = {
    "CPU a call": _of("gateway_per_call", digits=2, plus=" %"),
    "Python's thread": _of("thread_main", plus=" %"),
    "gap p99, max": _of("gap_p99", "gap_max", digits=1),
    "flush p50, p99": _of("told_p50", "told_p99", digits=1),
    "first sound p50, p99": _of("sounded_p50", "sounded_p99", digits=1),
    "INVITE to 200 p50, p99": _of("setup_p50", "setup_p99"),
    "to 503 p99": _of("refused_p99", digits=1),
    "failed, sent elsewhere": _of("failed", "refused"),
    "holes, lost packets": _of("holes", "lost"),
    "not heard": _of("unheard", digits=2, plus=" %"),
    "MB a call": _of("rss_per_call", digits=2),
}
"""What a row tells. Times in ms."""


def row(name: str, found: Values, when: date, commit: str) -> str:
    """Return the line of a load test."""
    others = found.get("others", 0.0)
    beside = f", beside {others:.1f} cores of others" if others >= QUIET else ""
    cells = [f"`{name}`", *(show(found) for show in COLUMNS.values())]
    return f"| {' | '.join(cells)} | {when.day} {when:%B %Y}, {commit}{beside} |"


def written(page: str, table: str, rows: Mapping[str, str], order: Sequence[str]) -> str:
    """Return the page with these rows, by their names, in a table; ValueError if it has no such table.

    `order`: of all rows. Those that stand there already stay, if they have a place in it.
    """
    begin, end = f"<!-- rows of {table} -->\n\n", "\n<!-- end -->"
    before, found, after = page.partition(begin)
    if not found:
        raise ValueError(f"no table for {table}")
    lines, _, after = after.partition(end)
    known = {line.split("`")[1]: line for line in lines.splitlines() if line.startswith("| `")} | rows
    return (
        before
        + begin
        + "\n".join([*_head(), *(known[name] for name in order if name in known)])
        + end
        + after
    )


def table_of(name: str) -> str:
    """Return the table in which a load test stands."""
    return name.partition("-")[0]


def _head() -> Sequence[str]:
    titles = ["`python -m tests.bench`", *COLUMNS, "measured"]
    return f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"


def main(names: Sequence[str]) -> None:
    """Measure and write, row by row, so that none is lost."""
    git = ("git", "-C", str(ROOT), "describe", "--always", "--exclude=*")
    commit = subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
    for name in names or [*LOADS, "peer"]:
        if name == "peer":
            theirs, ours = peer.rung()
            steps = {
                f"peer, {one.calls} calls of {one.of or 'ours'}": _values(one) for one in (*theirs, *ours)
            }
            _write(
                name,
                {step: row(step, found, date.today(), commit) for step, found in steps.items()},
                list(steps),
            )
            continue
        figures = ring(LOADS[name])["steps"][0]["figures"]
        found = {key: one["value"] for key, one in figures.items() if one["value"] is not None}
        _write(table_of(name), {name: row(name, found, date.today(), commit)}, list(LOADS))


def _values(outcome: Outcome) -> Values:
    return {figure.key: figure.value for figure in outcome.figures}


def _write(table: str, rows: Mapping[str, str], order: Sequence[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in rows.values())
    if rows:
        page = written(PAGE.read_text(encoding="utf-8"), table, rows, order)
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
