"""What a campaign leaves for people: the result file, the last line, and what a dry run says."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from gateway.campaign.entries import ListEntry
from gateway.campaign.progress_log import CampaignState
from gateway.campaign.rules import Rules
from gateway.campaign.verdict import WORDS

COLUMNS = (
    *("line", "number", "outcome", "status", "cause", "reason", "answered_by", "why"),
    *("attempts", "call", "seconds", "talk_seconds"),
)
PENDING = "not_called"


def write_results(file: Path, entries: Iterable[ListEntry], state: CampaignState) -> None:
    """Write a line for everybody of the list, in its order: all of the file at once, or nothing."""
    beside = file.with_name(f".{file.name}.new")
    with beside.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        table.writerows(map(_row, entries, _each(state)))
    os.replace(beside, file)  # noqa: PTH105 - as one step


def _each(state: CampaignState) -> Iterator[CampaignState]:
    while True:
        yield state


def _row(entry: ListEntry, state: CampaignState) -> list[object]:
    tried = state.of(entry.line)
    last: Mapping[str, object] = tried.last or {}
    told = {
        **last,
        "line": entry.line,
        "number": entry.number,
        "outcome": tried.outcome or PENDING,
        "attempts": tried.attempts,
    }
    return ["" if (value := told.get(name)) is None else value for name in COLUMNS]


def summary(outcomes: Counter[str], total: int) -> str:
    """Return how many came out how, in one line."""
    parts = [f"{count} {WORDS.get(word, word)}" for word, count in outcomes.most_common()]
    left = total - outcomes.total()
    return "; ".join([*parts, *([f"{left} not called"] if left else [])]) or "nobody to call"


def dry_run(
    entries: Iterable[ListEntry], rules: Rules, now: datetime, where: Callable[[str], str]
) -> Iterator[str]:
    """Yield what would be called when, and over which way, a line each, in the order of the list."""
    everybody = tuple(entries)
    opens = _openings(everybody, rules, now)
    for entry in everybody:
        if entry.left_out:
            yield f"{entry.number}  {WORDS[entry.left_out]}"
        elif (at := opens[entry.zone]) is None:
            yield f"{entry.number}  never: no window opens within a week"
        else:
            when = "at once" if at == now else f"from {at:%a %Y-%m-%d %H:%M} UTC"
            yield f"{entry.number}  {when}  {where(entry.number)}"
    yield from outlook(everybody, rules, now)


def outlook(entries: Iterable[ListEntry], rules: Rules, now: datetime) -> Iterator[str]:
    """Yield how many are to be called from when on, a line for each time."""
    able = [entry for entry in entries if not entry.left_out]
    opens = _openings(able, rules, now)
    began = Counter(opens[entry.zone] for entry in able)
    for at, count in sorted(((at, n) for at, n in began.items() if at is not None)):
        least = max(count / rules.rate, 0.0)
        when = "from now on" if at == now else f"from {at:%a %H:%M} UTC"
        yield f"{count} {'call' if count == 1 else 'calls'} {when}, {least:.0f} s at least"
    if never := began[None]:
        yield f"{never} never: no window opens within a week"


def _openings(entries: Iterable[ListEntry], rules: Rules, now: datetime) -> dict[str, datetime | None]:
    return {zone: rules.opens(zone, now) for zone in {entry.zone for entry in entries}}
