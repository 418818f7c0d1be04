"""Who is told of calls beside the records."""

from __future__ import annotations

import contextlib

from gateway.node.settings import Settings
from gateway.node.telemetry import Telemetry
from tests.equipment.collector import collecting
from tests.equipment.homer import Homer
from tests.records.store.made_records import ended


async def test_nobody_where_nobody_is_named() -> None:
    """And nothing runs."""
    async with contextlib.AsyncExitStack() as stack:
        telemetry = Telemetry(Settings(), stack)
        assert (telemetry.records, telemetry.messages) == ((), ())
        async with telemetry.reporting("127.0.0.1:5060", tuple):
            pass


async def test_both_are_told_of_a_call() -> None:
    """What is told by the end arrives."""
    with Homer() as homer, collecting() as collector:
        settings = Settings(hep={"to": homer.place}, traces={"otlp": collector.url})
        async with contextlib.AsyncExitStack() as stack:
            telemetry = Telemetry(settings, stack)
            async with telemetry.reporting("127.0.0.1:5060", tuple):
                for sink in telemetry.records:
                    sink.put(ended("aaaa1111"))
        homer.until(lambda seen: any(b"aaaa1111" in one.payload for one in seen))
        collector.until(lambda seen: seen)
