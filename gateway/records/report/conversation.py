"""One call as a conversation: who said what when, how long answers took, and what else happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.records.call_record import CallRecord, Line
from gateway.records.report.listing import clock, outcome, plain, told

A_BAR_MS = 50
"""Milliseconds of a wait that one character shows."""
LONGEST_BAR = 60
SLOW_MS, TOO_SLOW_MS = 1000, 2000
"""From where a wait is shown in yellow and in red: people begin to wonder after about a second."""
NO_WORDS = "what was said is not kept: set records.transcript, or GATEWAY_RECORDS__TRANSCRIPT=true"
SPEAKERS = {"agent": "green", "caller": "cyan", "gateway": "magenta"}


def conversation(record: CallRecord, zone: tzinfo | None) -> RenderableType:
    """Return a call to be printed; times of the day in `zone`, None for the machine's own."""
    return Group(_head(record, zone), Text(), _course(record), Text(), _figures(record))


def _head(record: CallRecord, zone: tzinfo | None) -> Table:
    plans = " > ".join(dict.fromkeys(plan for plan in (record.plan, record.last_plan) if plan))
    drawn = Table.grid(padding=(0, 2))
    began = record.began.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
    talked = "" if record.talk_seconds is None else f", talked {clock(record.talk_seconds)}"
    length = "" if record.seconds is None else f"{clock(record.seconds)}{talked}"
    for name, value in (
        ("call", Text(plain(f"{record.call}  ({record.sip_call_id})"))),
        ("began", Text(began)),
        (
            "from, to",
            Text(plain(f"{record.caller or 'withheld'} > {record.called}  by {plans or 'no plan'}")),
        ),
        ("lasted", Text(length)),
        ("ended", outcome(record)),
        ("cost", Text(_cost(record))),
    ):
        if value.plain:
            drawn.add_row(Text(name, style="bold"), value)
    return drawn


def _cost(record: CallRecord) -> str:
    if record.cost_usd is not None:
        return f"{record.cost_usd:.4f} USD"
    known = record.figures.get("cost_at_least_usd")
    return "" if known is None else f"at least {known:.4f} USD: a part of it is not known"


def _course(record: CallRecord) -> RenderableType:
    rows = sorted([*_moments(record), *_lines(record)], key=lambda row: row[0])
    if not rows:
        return Text("nothing happened in it", style="dim")
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(justify="right", no_wrap=True, style="dim")
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")  # the path of a file is told whole
    for at_ms, who, what in rows:
        drawn.add_row(f"{at_ms // 60_000}:{at_ms % 60_000 / 1000:06.3f}", who, what)
    if record.transcript is None:
        return Group(drawn, Text(NO_WORDS, style="dim"))
    return drawn


def _moments(record: CallRecord) -> Iterator[tuple[int, Text, Text]]:
    for moment in record.moments:
        if moment.what == "answer":  # a wait stands where it began: between the words and their answer
            waited = int(moment.about.get("waited_ms", 0))
            yield max(0, moment.at_ms - waited), Text("waited"), _bar(waited)
        else:
            about = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in moment.about.items())
            yield (
                moment.at_ms,
                Text(),
                Text(plain(f"{moment.what.replace('_', ' ')}  {about}".rstrip()), style="dim"),
            )


def _bar(waited: int) -> Text:
    style = "red" if waited >= TOO_SLOW_MS else "yellow" if waited >= SLOW_MS else "green"
    return Text("█" * min(LONGEST_BAR, max(1, waited // A_BAR_MS)), style=style).append(
        f" {waited} ms", "dim"
    )


def _lines(record: CallRecord) -> Iterator[tuple[int, Text, Text]]:
    for line in record.transcript or ():
        yield line.at_ms, Text(line.who, style=SPEAKERS.get(line.who, "")), _said(line)


def _said(line: Line) -> Text:
    said = Text(plain(line.text))
    return said.append("  (interrupted)", "yellow") if line.cut else said


def _figures(record: CallRecord) -> Text:
    named = (
        f"{name.replace('_', ' ')} {told(value)}"
        for name, value in record.figures.items()
        if value is not None and name != "summary"
    )
    text = Text(plain(", ".join(named)), style="dim")
    if summary := record.figures.get("summary"):
        text = Text(f"{plain(summary)}\n\n").append_text(text)
    return text
