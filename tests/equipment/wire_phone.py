"""A SIP phone over bare sockets: a real peer for whole-call tests, and one that can misbehave.

It shares no code with the gateway and none with PJSIP. One `Phone` is one SIP address (UDP or TCP) with any
number of calls; RTP of all calls is paced by one `Pump`. The polite things happen by themselves (ACK, answers
to BYE, OPTIONS, re-INVITE and UPDATE, retransmission on UDP); everything else is a call of the test, and
`send` puts any message on the wire.

    with Pump() as pump:
        async with Phone(gateway_address, pump) as phone:
            call = phone.call("100")
            await call.answered()
            call.media.say(tone.sine(440, 500))
            await call.hears_sound()
            await call.hang_up()
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable
from typing import Any, Self

from tests.equipment import patience, wire_sip
from tests.equipment.wire_call import Call
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Headers, Message, bracketed
from tests.equipment.wire_transport import Transaction, Wire


class Phone:
    """One SIP address with any number of calls."""

    def __init__(
        self,
        target: tuple[str, int],
        pump: Pump,
        *,
        transport: str = "udp",
        host: str = "127.0.0.1",
        port: int = 0,
        user: str = "phone",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.target = target
        self.pump = pump
        self.transport = transport
        self.host = host
        self.user = user
        self._port = port
        self.wire = Wire(transport, self._deliver, tls)
        self.calls: dict[str, Call] = {}
        self.received: list[Message] = []
        self.answers: dict[str, int] = {"BYE": 200, "OPTIONS": 200, "UPDATE": 200, "INFO": 200, "NOTIFY": 200}
        """Status given to requests of the far end; a method that is not here is left unanswered."""
        self.deaf = False
        """Drop everything that arrives: a phone whose battery is empty."""
        self._transactions: dict[tuple[str, str], Transaction] = {}
        self._incoming: asyncio.Queue[Call] = asyncio.Queue()
        self._strays: asyncio.Queue[Message] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        await self.wire.open(self.host, self._port, self.target)
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in self.calls.values():
            self.pump.forget(call.media)
            call.stop_retransmitting()
        for transaction in self._transactions.values():
            transaction.stop()
        self.wire.close()

    @property
    def local(self) -> tuple[str, int]:
        """The address this phone is reached at."""
        return self.wire.local

    @property
    def contact(self) -> str:
        """The Contact of this phone."""
        suffix = f";transport={self.transport}" if self.wire.reliable else ""
        return f"<sip:{self.user}@{bracketed(self.local[0])}:{self.local[1]}{suffix}>"

    def via(self, branch: str) -> str:
        """Make a Via for a request of ours."""
        protocol = self.transport.upper()
        return f"SIP/2.0/{protocol} {bracketed(self.local[0])}:{self.local[1]};rport;branch={branch}"

    def call(
        self,
        number: str = "100",
        *,
        invite: bool = True,
        headers: Iterable[tuple[str, str]] = (),
        **offer: Any,
    ) -> Call:
        """Make a call; `offer` are fields of the Sdp (formats, ptime ...), or `sdp=None` for a late offer."""
        call = Call(self, f"sip:{number}@{bracketed(self.target[0])}:{self.target[1]}")
        self.calls[call.call_id] = call
        if invite:
            call.invite(headers=headers, **offer)
        return call

    async def incoming(self, patient_seconds: float = 10) -> Call:
        """Wait for somebody to call this phone."""
        async with patience.within(patient_seconds):
            return await self._incoming.get()

    async def ask(
        self, method: str, *, headers: Headers | None = None, body: bytes = b"", number: str = "100"
    ) -> Message:
        """Send a request outside any call and give its final response: OPTIONS, REGISTER, REFER."""
        return await self.transact(self.request(method, headers=headers, body=body, number=number)).final()

    def request(
        self, method: str, *, headers: Headers | None = None, body: bytes = b"", number: str = "100"
    ) -> Message:
        """Make a request outside any call, for `transact` or, spoiled, for `send`."""
        uri = f"sip:{number}@{bracketed(self.target[0])}:{self.target[1]}"
        own = [
            ("Via", self.via(wire_sip.new_branch())),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{self.user}@{bracketed(self.local[0])}>;tag={wire_sip.token()}"),
            ("To", f"<{uri}>"),
            ("Call-ID", wire_sip.token()),
            ("CSeq", f"1 {method}"),
            ("Contact", self.contact),
        ]
        return Message(f"{method} {uri} SIP/2.0", own + (headers or []), body)

    def transact(self, request: Message, target: tuple[str, int] | None = None) -> Transaction:
        """Send a request and keep at it until it is answered."""
        transaction = Transaction(self.wire, request, target or self.target)
        self._transactions[request.branch, request.method] = transaction
        return transaction

    def send(self, data: bytes | Message, target: tuple[str, int] | None = None) -> None:
        """Put bytes on the wire as they are, once."""
        self.wire.send(bytes(data), target or self.target)

    async def stray(self, patient_seconds: float = 5) -> Message:
        """Wait for a response that belongs to no transaction of ours: an answer to something sent raw."""
        async with patience.within(patient_seconds):
            return await self._strays.get()

    @property
    def retransmissions(self) -> int:
        """How often a request had to be sent again: 0 on a loopback with a healthy far end."""
        return sum(transaction.retransmissions for transaction in self._transactions.values())

    def reply(
        self,
        request: Message,
        status: int,
        *,
        tag: str = "",
        body: bytes = b"",
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Answer a request of the far end."""
        copied = [
            (n, v) for name in ("Via", "From", "To", "Call-ID", "CSeq") for n, v in _copy(request, name)
        ]
        if tag and not wire_sip.parameter(request.header("To"), "tag"):
            copied = [(n, f"{v};tag={tag}" if n == "To" else v) for n, v in copied]
        copied += [("Record-Route", v) for v in request.all("Record-Route")]
        typed = [("Content-Type", "application/sdp")] if body else []
        own = [*copied, ("Contact", self.contact), *typed, *headers]
        # Back to where it came from (RFC 3581): on a loopback that is also where Via says.
        self.wire.send(bytes(Message(f"SIP/2.0 {status} Answer", own, body)), request.source)

    def _deliver(self, data: bytes, source: tuple[str, int]) -> None:
        if self.deaf:
            return
        message = wire_sip.parse(data, at=time.monotonic_ns(), source=source)
        self.received.append(message)
        call = self.calls.get(message.header("Call-ID"))
        if message.status:
            self._response(message, call)
        elif call:
            call.asked(message)
        elif message.method == "INVITE":
            call = Call(self, wire_sip.uri(message.header("From")), of=message)
            self.calls[call.call_id] = call
            self._incoming.put_nowait(call)
        elif message.method in self.answers:
            self.reply(message, self.answers[message.method], tag=wire_sip.token())

    def _response(self, message: Message, call: Call | None) -> None:
        if call:
            call.heard_response(message)
        transaction = self._transactions.get((message.branch, message.method))
        if transaction:
            transaction.answered(message)
        else:
            self._strays.put_nowait(message)


def _copy(request: Message, name: str) -> list[tuple[str, str]]:
    return [(name, value) for value in request.all(name)]
