"""A load test's result as a table for people and as JSON for programs."""

from __future__ import annotations

import math
from typing import Any

from rich.console import Console
from rich.table import Table

from gateway.loadtest.circumstances import Circumstances
from gateway.loadtest.outcome import Outcome
from gateway.loadtest.settings import LoadSettings


def show(console: Console, outcomes: list[Outcome], verdict: str) -> None:
    """Print a column for each step, and whether each bound was held."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for outcome in outcomes:
        table.add_column(outcome.title, justify="right")
    table.add_column("bound", justify="right")
    for key, name, bound in rows(outcomes):
        found = [outcome.figure(key) for outcome in outcomes]
        cells = [
            "" if one is None else one.text() if one.holds else f"[bold red]{one.text()}[/]" for one in found
        ]
        table.add_row(name, *cells, "" if bound is None else f"<= {bound:g} {held(outcomes, key)}")
    table.add_row("load average of the machine", *(f"{outcome.load_average:.2f}" for outcome in outcomes))
    console.print(table)
    for outcome in outcomes:
        for note in outcome.notes:
            console.print(f"{outcome.title}: {note}")
    console.print(verdict)


def held(outcomes: list[Outcome], key: str) -> str:
    """Return whether a bound was held; with several steps, where it broke."""
    broken = [str(one.calls) for one in own(outcomes) if (figure := one.figure(key)) and not figure.holds]
    where = f" at {', '.join(broken)}" if len(own(outcomes)) > 1 else ""
    return f"broken{where}" if broken else "held"


def own(outcomes: list[Outcome]) -> list[Outcome]:
    """Return those of the gateway."""
    return [one for one in outcomes if not one.of]


def rows(outcomes: list[Outcome]) -> list[tuple[str, str, float | None]]:
    """Every figure that some step has, in order: key, name, bound."""
    found: dict[str, tuple[str, str, float | None]] = {}
    for outcome in outcomes:
        for figure in outcome.figures:
            found.setdefault(figure.key, (figure.key, figure.name, figure.bound))
    return list(found.values())


def verdict(settings: LoadSettings, outcomes: list[Outcome]) -> str:
    """One sentence: whether the bounds hold, or how many calls can be carried."""
    outcomes = own(outcomes)
    last = outcomes[-1]
    names = "; ".join(
        f"{one.name} {one.text()}, bound {one.bound:g}" for one in last.broken() if one.bound is not None
    )
    if not settings.find_capacity:
        return "All bounds hold." if not names else f"Broken: {names}."
    good = max((one.calls for one in outcomes if not one.broken()), default=0)
    if not names:
        return f"Capacity: at least {good} calls; no bound broke."
    most = good or f"fewer than {last.calls}"
    return f"Capacity: {most} calls. At {last.calls} broke: {names}."


def as_json(
    settings: LoadSettings, outcomes: list[Outcome], sentence: str, voice: str, run: Circumstances
) -> dict[str, Any]:
    """Everything, as plain data; NaN becomes null."""
    return {
        **run.as_dict(),
        "scenario": settings.scenario,
        "rate": settings.rate,
        "duration": settings.duration,
        "callers": voice,
        "verdict": sentence,
        "steps": [_step(outcome) for outcome in outcomes],
    }


def _step(outcome: Outcome) -> dict[str, Any]:
    return {
        "calls": outcome.calls,
        "of": outcome.of or "gateway",
        "load_average": round(outcome.load_average, 2),
        "notes": outcome.notes,
        "figures": {
            figure.key: {
                "name": figure.name,
                "value": None if math.isnan(figure.value) else round(figure.value, 4),
                "unit": figure.unit,
                "bound": figure.bound,
                "holds": figure.holds,
            }
            for figure in outcome.figures
        },
        "timeline": [
            {
                "s": round((sample.at - outcome.meters.samples[0].at) / 1e9, 2),
                "calls": sample.calls,
                "cpu": {name: round(value, 2) for name, value in sample.cpu.items()},
                "rss_mb": {name: round(value, 1) for name, value in sample.rss_mb.items()},
                "descriptors": sample.descriptors,
            }
            for sample in outcome.meters.samples
        ],
    }
