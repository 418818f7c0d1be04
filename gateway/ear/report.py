"""What the ear tells: the call as a time line of both sides, the figures, and what is to complain of."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.ear.measurement import EarReport
from gateway.ear.phrases import Phrase
from gateway.ear.prompts import HeardPrompt
from gateway.ear.turns import ExchangeKind

WIDTH = 80
"""Characters of the time line."""
FIGURES = (
    ("end of the caller's words to the agent's", ExchangeKind.ANSWER),
    ("interruption to silence", ExchangeKind.BARGE_IN),
    ("both at once, nobody gives way", ExchangeKind.TALK_OVER),
    ("agent begins while the caller speaks", ExchangeKind.BREAK_IN),
    ("silence while it is the agent's turn", ExchangeKind.DEAD_AIR),
)


def shown(report: EarReport) -> RenderableType:
    """Return a report for a person at a terminal."""
    table = Table(show_header=False, box=None, padding=(0, 2))
    for name, kind in FIGURES:
        table.add_row(name, _times(report.times_ms(kind)))
    table.add_row("level of agent, caller", f"{_level(report.agent_level)}, {_level(report.caller_level)}")
    for one in report.prompts:
        table.add_row(one.name, _prompt(one))
    complaints = [
        Text.assemble((f"{one.at:7.2f} s  ", "dim"), ("x ", "red"), one.words) for one in report.complaints
    ]
    return Group(
        time_lines(report),
        table,
        *(complaints or [Text("nothing to complain of", "green")]),
    )


def time_lines(report: EarReport) -> RenderableType:
    """Return both sides over time: a block where one is heard."""
    return Group(
        _line("caller", report.caller, report.seconds, "green"),
        _line("agent", report.agent, report.seconds, "cyan"),
        Text(f"{'':8}0 s{f'{report.seconds:.1f} s':>{WIDTH - 3}}", "dim"),
    )


def _line(name: str, spoken: Sequence[Phrase], seconds: float, colour: str) -> Text:
    cells = [" "] * WIDTH
    for phrase in spoken:
        first = int(phrase.start / seconds * WIDTH)
        last = max(first + 1, round(phrase.end / seconds * WIDTH))
        cells[first:last] = ["█"] * (min(WIDTH, last) - first)
    return Text.assemble((f"{name:8}", "dim"), ("".join(cells), colour))


def _times(times: list[int]) -> str:
    if not times:
        return "-"
    listed = ", ".join(map(str, times[:8])) + (" ..." if len(times) > 8 else "")
    return f"{listed} ms" + (f" (median {statistics.median(times):.0f})" if len(times) > 2 else "")


def _prompt(one: HeardPrompt) -> str:
    part = "" if one.heard > one.seconds - 0.1 else f", {one.heard:.1f} of {one.seconds:.1f} s"
    score = "" if one.pesq is None else f", PESQ {one.pesq:.2f}"
    return f"at {one.at:.2f} s{part}, {one.gain_db:+.0f} dB{score}"


def _level(level: float | None) -> str:
    return "-" if level is None else f"{level:.0f} dBFS"
