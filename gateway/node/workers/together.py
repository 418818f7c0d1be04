"""What several workers say of themselves, as if they were one process. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Family = Mapping[str, Any]
"""As `gateway.records.call_counts` tells it: name, kind, help, samples of labels and value."""
SHARED = frozenset(
    f"gateway_{name}" for name in ("info", "plans", "plans_as_written", "embedded_ready", "cluster_answers")
)
"""Gauges that say the same of every process: they are not added up, and the least is told."""
ADDED = ("calls", "max_calls", "taken", "late_ticks")


def about_all(found: Sequence[Mapping[str, Any]], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return how they are together; `own` is what the supervisor knows better."""
    sums = {key: sum(one[key] for one in found) for key in ADDED}
    workers = [{key: one[key] for key in ("pid", "sip", "calls", "draining")} for one in found]
    every = {
        "draining": all(one["draining"] for one in found),
        "plans_as_written": all(one["plans_as_written"] for one in found),
        "cluster": min((one["cluster"] for one in found), key=("away", "answers", "none").index),
    }
    return {**found[0], **sums, **every, "workers": workers, **own}


def trunks_all(found: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return how their trunks stand: as the one says that registers them, with the calls of all."""
    best: dict[str, dict[str, Any]] = {}
    for view in (view for views in found for view in views):
        known = best.setdefault(view["name"], {**view, "calls": 0})
        calls = known["calls"] + view["calls"]
        if known["state"] == "elsewhere":
            known.update(view)
        known["calls"] = calls
    return list(best.values())


def measures_all(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return their measures together: what is counted is added, and so are most gauges."""
    sums: dict[str, dict[str, Any]] = {}
    for family in (family for one in found for family in one["families"]):
        own = sums.setdefault(family["name"], {**family, "samples": []})
        for labels, value in family["samples"]:
            before = next((one for one in own["samples"] if one[0] == labels), None)
            if before is None:
                own["samples"].append([labels, value])
            elif family["name"] in SHARED:
                before[1] = min(before[1], value)
            else:
                before[1] = _sum(before[1], value)
    return list(sums.values())


def _sum(one: Any, other: Any) -> Any:
    if not isinstance(one, Mapping):
        return one + other
    counts = [a + b for a, b in zip(one["counts"], other["counts"], strict=True)]
    return {**one, "counts": counts, "sum": one["sum"] + other["sum"]}
