"""Calls as a list: a table for people, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Any

import orjson
from rich.table import Table
from rich.text import Text

from gateway.records.call_record import CallRecord, as_json

FIGURES = ("turns", "barge_ins", "turn_ms_median", "first_word_ms", "tokens_in", "tokens_out", "packets_lost")
"""Of the log line, in a table for programs."""
COLUMNS = (
    *(
        "call",
        "began",
        "caller",
        "called",
        "plan",
        "last_plan",
        "provider",
        "model",
        "direction",
        "result",
        "reason",
        "status",
    ),
    *("seconds", "talk_seconds", "cost_usd"),
    *FIGURES,
)
HEADER = ("call", "began", "caller", "called", "plan", "talk", "answer", "USD", "how it ended")
ROOMY = 110
"""Columns of a terminal on which a line has room for all of it."""
NARROW = {"caller": 14, "plan": 16}
"""Characters of each on a smaller one."""
ELASTIC = ("caller", "called", "plan")
"""Who writes them may make them long: they give way before anything else does, the longest first."""
LEAST = 8
GAP = 2
"""Columns of a terminal between two of the table."""
GOOD = frozenset({"completed"})
BAD = frozenset({"failed", "lost"})


def table(records: Sequence[CallRecord], zone: tzinfo | None, width: int) -> Table:
    """Return a table for a terminal of `width` columns; times in `zone`, None for the machine's own.

    Where there is little room, numbers and plans are cut short and less is told. Costs stand in it if any are
    known.
    """
    narrow = width < ROOMY
    left_out = {
        *(("called", "answer") if narrow else ()),
        *(() if any(r.cost_usd for r in records) else ("USD",)),
    }
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    rows = [_cells(record, zone) for record in records]
    names = [name for name in HEADER if name not in left_out]
    bounds = _bounds(rows, names, width, NARROW if narrow else {})
    for name in names:
        drawn.add_column(
            name,
            justify="right" if name in ("talk", "answer", "USD") else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=bounds.get(name),
        )
    for row in rows:
        drawn.add_row(*(row[name] for name in names))
    return drawn


def _bounds(
    rows: Sequence[dict[str, Text]], names: Sequence[str], width: int, most: Mapping[str, int]
) -> dict[str, int]:
    """Return how wide each column that may give way can be where all have to have room."""
    wide = {name: max([len(name), *(row[name].cell_len for row in rows)]) for name in names}
    wide |= {name: min(wide[name], bound) for name, bound in most.items() if name in wide}
    elastic = [name for name in ELASTIC if name in wide]
    too_wide = sum(wide.values()) + GAP * (len(names) - 1) - width
    while too_wide > 0 and wide[longest := max(elastic, key=wide.__getitem__)] > LEAST:
        next_longest = max([LEAST, *(wide[name] for name in elastic if name != longest)])
        less = min(too_wide, max(1, wide[longest] - next_longest))
        wide[longest] -= less
        too_wide -= less
    return {name: wide[name] for name in elastic}


def _cells(record: CallRecord, zone: tzinfo | None) -> dict[str, Text]:
    plans = (plan for plan in (record.plan, record.last_plan) if plan is not None)
    cells = (
        record.call,
        began(record, zone),
        record.caller or "withheld",
        record.called,
        " > ".join(dict.fromkeys(plans)),
        "" if record.talk_seconds is None else clock(record.talk_seconds),
        told(record.figures.get("turn_ms_median"), " ms"),
        "" if record.cost_usd is None else f"{record.cost_usd:.4f}",
    )
    return dict(zip(HEADER, (*map(Text, map(plain, cells)), outcome(record)), strict=True))


def began(record: CallRecord, zone: tzinfo | None) -> str:
    """Return when a call began."""
    return record.began.astimezone(zone).strftime("%m-%d %H:%M:%S")


def plain(text: str) -> str:
    """Return a text without what a terminal would obey: who speaks or writes here may be a stranger."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


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
