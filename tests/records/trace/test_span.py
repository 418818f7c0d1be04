"""What a trace is made of."""

from __future__ import annotations

from gateway.records.trace.span import CallSpan, SpanKind


def test_a_span_that_says_nothing_of_itself() -> None:
    """Is inside the gateway, and did not fail."""
    span = CallSpan("invite", 1, 2)
    assert (span.kind, span.failed, span.children, dict(span.attributes)) == (SpanKind.INTERNAL, "", (), {})
