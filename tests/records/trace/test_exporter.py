"""Traces over real OTLP: what a collector reads, and what becomes of us where it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from gateway.records.call_record import Moment
from gateway.records.trace import exporter as module
from gateway.records.trace.exporter import TraceExporter
from tests.equipment import patience
from tests.equipment.collector import Collector, attributes, collecting
from tests.records.store.made_records import NOON, ended, record

MOMENTS = (
    Moment(2700, "answer", {"waited_ms": 700}),
    Moment(3000, "tool_called", {"name": "look_up"}),
    Moment(3500, "tool_returned", {"name": "look_up", "ms": 500}),
    Moment(4000, "barge_in", {"heard_ms": 400}),
)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


def exporting(collector: Collector) -> TraceExporter:
    return TraceExporter(f"{collector.url}/v1/traces", {"authorization": "Bearer x"}, "1.2")


def test_one_trace_a_call(collector: Collector) -> None:
    """Its spans below it, at their times; what is still open is none; the end sends what waits."""
    exporter = exporting(collector)
    exporter.put(record("cccc3333"))
    exporter.put(ended("aaaa1111", moments=MOMENTS, plan="day", model="m1"))
    exporter.put(ended("bbbb2222", moments=(), result="failed", reason="no_media"))
    exporter.close()
    spans = collector.until(lambda seen: len(seen) == 6)
    roots = {attributes(one)["gateway.call"]: one for one in spans if not one.parent_span_id}
    assert set(roots) == {"aaaa1111", "bbbb2222"}
    own = [one for one in spans if one.trace_id == roots["aaaa1111"].trace_id]
    assert sorted(one.name for one in own) == ["call day", "chat m1", "execute_tool look_up", "invite"]
    assert {one.parent_span_id for one in own} == {b"", roots["aaaa1111"].span_id}
    (turn,) = [one for one in own if one.name == "chat m1"]
    began = round(NOON.timestamp()) * 10**9
    assert (turn.start_time_unix_nano - began, turn.end_time_unix_nano - began) == (2 * 10**9, 27 * 10**8)
    assert [event.name for event in roots["aaaa1111"].events] == ["barge_in"]
    assert roots["bbbb2222"].status.code == 2
    assert attributes(roots["bbbb2222"])["error.type"] == "no_media"
    assert collector.resources[0]["service.name"] == "sip-voice-gateway"
    assert collector.headers[0]["authorization"] == "Bearer x"
    assert set(collector.paths) == {"/v1/traces"}


def test_a_collector_that_hangs(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end is bounded, whatever the SDK would wait for."""
    monkeypatch.setattr(module, "CLOSE_WITHIN_S", 0.3)
    collector.hangs.clear()
    exporter = exporting(collector)
    exporter.put(ended("aaaa1111"))
    began = time.monotonic()
    with capture_logs() as logs:
        exporter.close()
    assert time.monotonic() - began < patience.seconds(2)
    assert [line["event"] for line in logs if line["event"] == "traces.lost"] == ["traces.lost"]


def test_more_calls_than_it_takes(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are lost, said once, and nobody waits."""
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    monkeypatch.setattr(TraceExporter, "_work", lambda self: None)
    exporter = exporting(collector)
    with capture_logs() as logs:
        for number in range(9):
            exporter.put(ended(f"{number:08}"))
        exporter.close()
    assert [line["event"] for line in logs].count("traces.lost") == 1
