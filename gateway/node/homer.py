"""What Homer is sent: each SIP message, a report of each call's audio every few seconds, and how each went.

All of it goes through the queue of one thread (`gateway.records.hep.sender`): calls wait for none of it.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import partial

from gateway.call import LegState
from gateway.calls.call import Call
from gateway.node.addresses import address
from gateway.node.homer_settings import HepSettings
from gateway.records.call_record import CallRecord
from gateway.records.hep.of_call import packets
from gateway.records.hep.packet import HepKind, HepPacket
from gateway.records.hep.rtcp import RtcpReports
from gateway.records.hep.sender import HepSender
from gateway.sip.message_tap import Taken, cleaned
from gateway.tasks import TaskGroup, until_next_look

EVERY_S = 5.0
"""Between two reports of a call, as RTCP has it (RFC 3550 section 6.2)."""
AT_ONCE = 20
"""Calls that are looked at before others have the loop."""


class Homer:
    """Keeps the contracts `RecordSink` and, by `messages`, `MessageSink`."""

    def __init__(self, settings: HepSettings) -> None:
        host, port = address(settings.to)
        password = settings.password.reveal() if settings.password is not None else ""
        self.sender = HepSender(host, port, settings.node, password)
        atexit.register(self.sender.close)  # after the last SIP messages, which come as late
        self.messages = _Messages(self.sender)
        self.place = "0.0.0.0:0"
        """Where we are called, `ip:port`, once that is known."""

    def put(self, record: CallRecord) -> None:
        """Tell how a call went, when it is over."""
        if not record.open:
            for packet in packets(record, self.place):
                self.sender.send(packet)

    @contextlib.asynccontextmanager
    async def reporting(self, calls: Callable[[], Iterable[Call]]) -> AsyncIterator[None]:
        """Report how the audio of all calls is as long as the block lasts."""
        async with TaskGroup() as tasks:
            reporting = tasks.create_task(self._report(calls))
            yield
            reporting.cancel()

    async def _report(self, calls: Callable[[], Iterable[Call]]) -> None:
        reports: dict[str, RtcpReports] = {}
        while True:
            await until_next_look(EVERY_S)
            up = {call.info.id: call for call in calls()}
            reports = {name: reports[name] for name in reports if name in up}
            for number, (name, call) in enumerate(up.items(), 1):
                if name not in reports:
                    info = call.info
                    reports[name] = RtcpReports(name, info.sip_call_id, info.source, self.place)
                self._report_of(call, reports[name])
                if not number % AT_ONCE:
                    await asyncio.sleep(0)

    def _report_of(self, call: Call, reports: RtcpReports) -> None:
        if call.leg.state not in (LegState.ANSWERED, LegState.HELD):
            return
        if (statistics := call.leg.statistics()) is not None and statistics.packets_in is not None:
            for packet in reports.since_last(statistics, time.time()):
                self.sender.send(packet)


class _Messages:
    """Takes SIP messages on the SIP thread."""

    def __init__(self, sender: HepSender) -> None:
        self._sender = sender

    def take(self, messages: Sequence[Taken], _lost: int) -> None:
        """See `MessageSink`."""
        for taken in messages:
            self._sender.send(partial(_packet, taken))

    def close(self) -> None:
        """There will be no more: the last goes with the end of the process."""


def _packet(taken: Taken) -> HepPacket:
    message = cleaned(*taken)
    ways = (message.peer, message.local) if message.came_in else (message.local, message.peer)
    kind, transport = HepKind.SIP, message.transport
    return HepPacket(message.at, kind, *ways, message.call_id, message.text, transport)
