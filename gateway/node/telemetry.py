"""Who is told of calls beside the records: Homer and a collector of traces, where the settings name one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from importlib.metadata import version

from gateway.calls.call import Call
from gateway.node.homer import Homer
from gateway.node.settings import Settings
from gateway.records.keeper import RecordSink
from gateway.records.trace.exporter import TraceExporter
from gateway.sip.message_tap import MessageSink


class Telemetry:
    """Of one process. What it has sent by the end of `stack`, or soon after, is all that it sends."""

    def __init__(self, settings: Settings, stack: contextlib.AsyncExitStack) -> None:
        self._homer = Homer(settings.hep) if settings.hep is not None else None
        self.records: tuple[RecordSink, ...] = ()
        """Who is told of calls that are over."""
        self.messages: tuple[MessageSink, ...] = ()
        """Who takes SIP messages."""
        if self._homer is not None:
            self.records += (self._homer,)
            self.messages += (self._homer.messages,)
        if (traces := settings.traces) is not None:
            headers = {name: value.reveal() for name, value in traces.headers.items()}
            exporter = TraceExporter(traces.endpoint(), headers, version("sip-voice-gateway"))
            stack.push_async_callback(asyncio.to_thread, exporter.close)
            self.records += (exporter,)

    @contextlib.asynccontextmanager
    async def reporting(self, place: str, calls: Callable[[], Iterable[Call]]) -> AsyncIterator[None]:
        """Report on calls that are up as long as the block lasts; `place`: where we are called."""
        if self._homer is None:
            yield
            return
        self._homer.place = place
        async with self._homer.reporting(lambda: tuple(calls())):
            yield
