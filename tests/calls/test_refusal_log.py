"""Refused calls in the log: each has its lines, until there are too many."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.calls import refusal_log
from gateway.calls.refusal_log import SOURCES, RefusalLog


async def test_a_source_that_is_refused_all_the_time() -> None:
    """At 50 a second it has ten at once, then one every four seconds."""
    lines = RefusalLog()
    logged = [at / 50 for at in range(50 * 20) if lines.logs("192.0.2.1:5060", 100 + at / 50)]
    assert logged[:10] == [at / 50 for at in range(10)]
    assert len(logged) == 14


async def test_ports_of_one_address_are_one_source() -> None:
    """Otherwise a flood would change its port."""
    lines = RefusalLog()
    assert sum(lines.logs(f"[2001:db8::1]:{port}", 1.0) for port in range(1024, 1124)) == 10


async def test_whoever_is_refused_now_and_then_always_has_lines() -> None:
    """One call every five seconds, beside a source that floods."""
    lines = RefusalLog()
    for second in range(200):
        for port in range(50):
            lines.logs(f"192.0.2.1:{port}", float(second))
        if second % 5 == 0:
            assert lines.logs("192.0.2.2:5060", float(second))


async def test_all_sources_together() -> None:
    """Invented addresses do not fill the log either, nor the memory."""
    lines = RefusalLog()
    logged = sum(lines.logs(f"10.{n >> 8 & 255}.{n & 255}.1:5060", n / 100) for n in range(100 * 60))
    assert logged == 100 + 59
    assert len(lines._sources) == SOURCES


async def test_the_others_are_said_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many, and of whom: once in a while, and not when there are none."""
    monkeypatch.setattr(refusal_log, "SAY_EVERY_S", 0.02)
    lines = RefusalLog()
    with capture_logs() as said:
        for _ in range(30):
            lines.logs("192.0.2.1:5060", 1.0)
        for _ in range(12):
            lines.logs("192.0.2.2:5060", 1.0)
        await asyncio.sleep(0.2)
    assert [(line["event"], line["calls"], line["most_of"], line["sources"]) for line in said] == [
        ("call.refusals_counted", 22, {"192.0.2.1": 20, "192.0.2.2": 2}, 2)
    ]
