"""The gateway's counts as Prometheus reads them.

They are kept where calls are answered, as plain numbers, and written out here: a scrape costs the calls one
line over the control socket. Not in files that processes map (prometheus_client's multi-process mode): on a
full disk the kernel ends with SIGBUS whoever touches such a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Family = Mapping[str, Any]
"""As `gateway.records.call_counts` tells it: name, kind, help, samples of labels and value."""
SHARED = frozenset({"gateway_info"})
"""Gauges that say the same of every process: they are not added up."""


def add_up(snapshots: Sequence[Sequence[Family]]) -> list[Family]:
    """Return the families of several processes as one: what is counted is added, and so are gauges."""
    sums: dict[str, dict[str, Any]] = {}
    for family in (family for snapshot in snapshots for family in snapshot):
        own = sums.setdefault(family["name"], {**family, "samples": []})
        for labels, value in family["samples"]:
            before = next((one for one in own["samples"] if one[0] == labels), None)
            if before is None:
                own["samples"].append([labels, value])
            elif family["name"] not in SHARED:
                before[1] = _sum(before[1], value)
    return list(sums.values())


def exposition(families: Iterable[Family], pids: Iterable[int]) -> bytes:
    """Return them in Prometheus' text format, with what the kernel knows of these processes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(families))
    for pid in pids:  # one today; of several each would need a label of its own
        ProcessCollector(namespace="gateway", pid=partial(int, pid), registry=registry)
    return generate_latest(registry)


class _Told(Collector):
    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield each family as the library has it."""
        for family in self._families:
            yield _metric(family)


def _metric(family: Family) -> Metric:
    name, about, samples = family["name"], family["help"], family["samples"]
    labels = sorted(samples[0][0]) if samples else []
    match family["kind"]:
        case "counter":
            metric: Any = CounterMetricFamily(name, about, labels=labels)
        case "gauge":
            metric = GaugeMetricFamily(name, about, labels=labels)
        case _:
            metric = HistogramMetricFamily(name, about, labels=labels)
    for named, value in samples:
        values = [named[label] for label in labels]
        if family["kind"] == "histogram":
            metric.add_metric(values, _buckets(value), value["sum"])
        else:
            metric.add_metric(values, value)
    told: Metric = metric
    return told


def _buckets(spread: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return how many lie at or below each bound, as Prometheus counts."""
    counts, below = [], 0
    for bound, count in zip([*map(str, spread["bounds"]), "+Inf"], spread["counts"], strict=True):
        below += count
        counts.append((bound, float(below)))
    return counts


def _sum(one: Any, other: Any) -> Any:
    if not isinstance(one, Mapping):
        return one + other
    counts = [a + b for a, b in zip(one["counts"], other["counts"], strict=True)]
    return {**one, "counts": counts, "sum": one["sum"] + other["sum"]}
