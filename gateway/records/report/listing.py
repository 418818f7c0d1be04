"""Calls as a list: a table for people, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any

import orjson
from rich.table import Table
from rich.text import Text

from gateway.records.call_record import CallRecord, as_json

FIGURES = ("turns", "barge_ins", "turn_ms_median", "first_word_ms", "tokens_in", "tokens_out", "packets_lost")
"""Of the log line, in a table for programs."""
COLUMNS = (
    *("call", "began", "caller", "called", "plan", "last_plan", "direction", "result", "reason", "status"),
    *("seconds", "talk_seconds", "cost_usd"),
    *FIGURES,
)
GOOD = frozenset({"completed"})
BAD = frozenset({"failed", "lost"})


def table(records: Iterable[CallRecord], zone: tzinfo | None) -> Table:
    """Return a table; times in `zone`, None for the machine's own."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("call", "began", "caller", "called", "plan"):
        drawn.add_column(name, no_wrap=True)
    for name in ("talk", "answer"):
        drawn.add_column(name, justify="right", no_wrap=True)
    drawn.add_column("cost", justify="right", no_wrap=True)
    drawn.add_column("how it ended")
    for record in records:
        plans = [plan for plan in (record.plan, record.last_plan) if plan is not None]
        drawn.add_row(
            record.call,
            record.began.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
            Text(record.caller or "withheld"),
            Text(record.called),
            Text(" > ".join(dict.fromkeys(plans))),
            "" if record.talk_seconds is None else clock(record.talk_seconds),
            told(record.figures.get("turn_ms_median"), " ms"),
            "" if record.cost_usd is None else f"{record.cost_usd:.4f}",
            outcome(record),
        )
    return drawn


def outcome(record: CallRecord) -> Text:
    """Return how a call ended in words, in red if it should not have."""
    if record.open:
        return Text("goes on", style="cyan")
    words = f"{record.reason}".replace("_", " ")
    if record.status is not None and record.status != 200:
        words += f" ({record.status})"
    style = "red" if record.result in BAD else "" if record.result in GOOD else "yellow"
    return Text(words, style=style)


def clock(seconds: float) -> str:
    """Return a duration as 1:23 or 1:02:03."""
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def told(value: object, unit: str = "") -> str:
    """Return a figure with its unit, or nothing where there is none."""
    return "" if value is None else f"{value}{unit}"


def json_lines(records: Iterable[CallRecord]) -> str:
    """Return a JSON object a line, with everything that is kept."""
    return "\n".join(orjson.dumps(as_json(record), default=str).decode() for record in records)


def csv_table(records: Iterable[CallRecord]) -> str:
    """Return CSV (RFC 4180) with a header: a row a call, what has no value empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for record in records:
        row = as_json(record)
        writer.writerow([_cell(row.get(name)) for name in COLUMNS])
    return text.getvalue().replace("\r\n", "\n").rstrip("\n")


def _cell(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula: a caller chooses his own number and name."""
    if isinstance(value, str) and value[:1] in FORMULA and not value[1:].isdigit():
        return f"'{value}"
    return value


FORMULA: Sequence[str] = ("=", "+", "-", "@", "\t", "\r")
