"""The thread that hands traces to OpenTelemetry's SDK: whoever has a call to tell never waits for it.

Spans are made when a call is over, from its record, with the times that they had. The SDK sends them in
batches, and loses what a collector does not take in time; its own end waits for up to half a minute, ours
does not.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from gateway.records.call_record import CallRecord
from gateway.records.trace.of_call import trace_of
from gateway.records.trace.span import CallSpan, SpanKind

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = structlog.get_logger(__name__)

MOST_WAITING = 1000
"""Calls whose spans have yet to be made."""
CLOSE_WITHIN_S = 5.0
EXPORT_WITHIN_S = 10.0


class TraceExporter:
    """Sends a trace for each call until `close`. `headers` come with each request to `url` (OTLP over HTTP).

    Raises ImportError where the SDK is not installed.
    """

    def __init__(self, url: str, headers: Mapping[str, str], version: str) -> None:
        # Here, before there are calls: importing it takes a third of a second.
        self._provider = _provider(url, dict(headers), version)
        self._tracer = self._provider.get_tracer("gateway", version)
        self._waiting: queue.Queue[CallRecord | None] = queue.Queue(MOST_WAITING)
        self._lost = False
        self._thread = threading.Thread(target=self._work, name="traces", daemon=True)
        self._thread.start()

    def put(self, record: CallRecord) -> None:
        """Take a call that is over; returns at once."""
        if record.open:
            return
        try:
            self._waiting.put_nowait(record)
            self._lost = False
        except queue.Full:
            if not self._lost:
                self._lost = True
                log.warning("traces.lost", error="too many calls end at once")

    def close(self) -> None:
        """Send what is left if that is done in time, and end. Idempotent."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(CLOSE_WITHIN_S)
        if self._thread.is_alive():
            log.warning("traces.lost", error=f"the collector has not taken the last in {CLOSE_WITHIN_S:g} s")

    def _work(self) -> None:
        while (record := self._waiting.get()) is not None:
            try:
                self._tell(trace_of(record), None)
            except Exception:  # the next call may be told
                log.exception("call.record_broke", call=record.call)
        self._provider.shutdown()

    def _tell(self, span: CallSpan, parent: Any) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - only where it is used
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

        kinds = {
            SpanKind.SERVER: trace.SpanKind.SERVER,
            SpanKind.CLIENT: trace.SpanKind.CLIENT,
            SpanKind.INTERNAL: trace.SpanKind.INTERNAL,
        }
        told = self._tracer.start_span(
            span.name, parent, kinds[span.kind], span.attributes, start_time=span.start_ns
        )
        for event in span.events:
            told.add_event(event.name, event.attributes, event.at_ns)
        if span.failed:
            told.set_attribute("error.type", span.failed)
            told.set_status(Status(StatusCode.ERROR, span.failed))
        context = trace.set_span_in_context(told)
        for child in span.children:
            self._tell(child, context)
        told.end(span.end_ns)


def _provider(url: str, headers: dict[str, str], version: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import SpanLimits, TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    about = {"service.name": "sip-voice-gateway", "service.version": version}
    limits = SpanLimits(max_events=2000)
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False, span_limits=limits)
    exporter = OTLPSpanExporter(endpoint=url, headers=headers, timeout=EXPORT_WITHIN_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
