"""What a trace is made of: values, without a library. Times in nanoseconds since 1970, as OpenTelemetry's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

Attributes = Mapping[str, str | int | float | bool]


class SpanKind(Enum):
    """What a span is towards others."""

    SERVER = "server"
    """Somebody asked us: the call."""
    CLIENT = "client"
    """We asked somebody: a model."""
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """Something that took no time."""

    name: str
    at_ns: int
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallSpan:
    """Something that took time."""

    name: str
    start_ns: int
    end_ns: int
    kind: SpanKind = SpanKind.INTERNAL
    attributes: Attributes = field(default_factory=dict)
    events: tuple[SpanEvent, ...] = ()
    children: tuple[CallSpan, ...] = ()
    failed: str = ""
    """Why it did; empty: it did not."""
