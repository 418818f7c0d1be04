"""Counts as Prometheus reads them, read back by its own library."""

from __future__ import annotations

import os

from prometheus_client.parser import text_string_to_metric_families

from gateway.api.metrics import add_up, exposition
from gateway.call import Ending, Reason, Result
from gateway.records.call_counts import CallCounts

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
LOST = Ending(Result.FAILED, Reason.SESSION_LOST)


def samples(text: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return each sample by its name and labels."""
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text.decode())
        for one in family.samples
    }


def counted(*endings: Ending, **figures: object) -> CallCounts:
    """Return the counts of a process."""
    counts = CallCounts()
    for ending in endings:
        counts.over(ending, figures, [(1.0, 400), (2.0, 700)])
    return counts


def test_what_is_written_is_what_was_counted() -> None:
    """Counters, labels, and histograms whose buckets hold all below them."""
    told = counted(GONE, GONE, LOST, turns=3, answer_ms=250, packets_in=100, cost_at_least_usd=0.25)
    read = samples(exposition(told.families(), []))
    reasons = {"result": "completed", "reason": "caller_hung_up"}
    assert read["gateway_calls_total", frozenset(reasons.items())] == 2
    assert read["gateway_turns_total", frozenset()] == 9
    assert read["gateway_cost_usd_total", frozenset()] == 0.75
    assert read["gateway_rtp_packets_total", frozenset({("direction", "in")})] == 300
    turns = {
        dict(labels)["le"]: value
        for (name, labels), value in read.items()
        if name == "gateway_turn_seconds_bucket"
    }
    assert (turns["0.3"], turns["0.5"], turns["0.8"], turns["+Inf"]) == (0, 3, 6, 6)
    assert read["gateway_turn_seconds_count", frozenset()] == 6
    assert abs(read["gateway_turn_seconds_sum", frozenset()] - 3.3) < 1e-9
    assert read["gateway_call_answer_seconds_bucket", frozenset({("le", "0.3")})] == 3


def test_several_processes_are_added_up() -> None:
    """Counters, gauges and histograms; what says the same of each stays what it is."""
    info = {"name": "gateway_info", "kind": "gauge", "help": "", "samples": [[{"version": "1"}, 1]]}
    up = {"name": "gateway_calls_active", "kind": "gauge", "help": "", "samples": [[{}, 7]]}
    one, other = counted(GONE, turns=2, answer_ms=150), counted(GONE, LOST, turns=1, answer_ms=9000)
    read = samples(exposition(add_up([[info, up, *one.families()], [info, up, *other.families()]]), []))
    assert read["gateway_info", frozenset({("version", "1")})] == 1
    assert read["gateway_calls_active", frozenset()] == 14
    assert read["gateway_turns_total", frozenset()] == 4
    assert (
        read["gateway_calls_total", frozenset({("result", "completed"), ("reason", "caller_hung_up")})] == 2
    )
    assert read["gateway_calls_total", frozenset({("result", "failed"), ("reason", "session_lost")})] == 1
    assert read["gateway_call_answer_seconds_bucket", frozenset({("le", "0.2")})] == 1
    assert read["gateway_call_answer_seconds_count", frozenset()] == 3
    assert (
        samples(exposition(one.families(), []))["gateway_turns_total", frozenset()] == 2
    )  # not changed by that


def test_what_the_kernel_knows() -> None:
    """Of a process that is there; one that is gone adds nothing and breaks nothing."""
    read = samples(exposition([], [os.getpid()]))
    assert read["gateway_process_resident_memory_bytes", frozenset()] > 1_000_000
    assert samples(exposition([], [2**22 + 1])) == {}
