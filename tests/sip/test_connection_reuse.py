"""What we say within a call goes over the TCP connection on which its caller spoke, whatever Contact says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import pytest

from gateway.call import Answered, Ending, HangUp, LegEnded, Reason, Result
from tests.equipment import patience, ports, wire_sip
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message
from tests.sip.conftest import Exchange, Listening, needs_guard

pytestmark = needs_guard

OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)
IDLE_S = 34.0
"""PJSIP by itself closes a connection of its own making after 33 s without a transaction."""


class Elsewhere(Phone):
    """A phone over TCP whose Contact says where nobody finds it."""

    says = ""

    @property
    def contact(self) -> str:
        return self.says or super().contact


@asynccontextmanager
async def elsewhere(sip: Exchange, pump: Pump, contact: str) -> AsyncIterator[Elsewhere]:
    async with Elsewhere(sip.address, pump, transport="tcp") as phone:
        phone.says = contact
        yield phone


class Station:
    """Listens on TCP, keeps every message of every connection, and answers requests with 200."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.connections: list[asyncio.StreamWriter] = []
        self._news = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        buffer = bytearray()
        while data := await reader.read(65536):
            buffer += data
            for message in map(wire_sip.parse, wire_sip.split_stream(buffer)):
                self.heard.append(message)
                if not message.status and message.method == "BYE":
                    writer.write(bytes(answer(message)))
            self._news.set()
        writer.close()

    async def hears(self, wanted: Callable[[Message], bool]) -> Message:
        """Wait for a message."""
        async with patience.within(10):
            while not (found := next(filter(wanted, self.heard), None)):
                self._news.clear()
                await self._news.wait()
        return found


@asynccontextmanager
async def station(host: str = "127.0.0.1") -> AsyncIterator[tuple[Station, int]]:
    listening = Station()
    server = await asyncio.start_server(listening, host, ports.free_port(host))
    try:
        yield listening, server.sockets[0].getsockname()[1]
    finally:
        for connection in listening.connections:
            connection.close()
        server.close()


def answer(request: Message, *more: tuple[str, str], body: bytes = b"") -> Message:
    """Return a 200."""
    copied = {"Via", "From", "Call-ID", "CSeq", "Record-Route"}
    kept = [(name, value) for name, value in request.headers if name in copied]
    tag = "" if "tag=" in request.header("To") else ";tag=them"
    return Message("SIP/2.0 200 OK", [*kept, ("To", request.header("To") + tag), *more], body)


@pytest.mark.parametrize(
    "contact",
    [
        "<sip:phone@127.0.0.1:9;transport=tcp>",
        "<sip:phone@192.0.2.9:5060;transport=tcp>",
        "<sip:phone@127.0.0.1:9>",
        "<sip:phone@phone.invalid;transport=tcp>",
    ],
    ids=["closed", "private", "udp", "name"],
)
async def test_a_bye_finds_a_caller_whom_nobody_can_connect_to(
    sip: Exchange, pump: Pump, contact: str
) -> None:
    """It comes on the caller's own connection, to the URI of his Contact, and how is not to be seen."""
    async with elsewhere(sip, pump, contact) as phone:
        call, leg = await sip.answered(phone)
        leg.leg.execute(HangUp(OURS))
        bye = await call.ended()
        assert bye.method == "BYE"
        assert f"<{bye.start.split(' ')[1]}>" == contact
        assert bye.all("Route") == []
        assert await leg.fact() == LegEnded(OURS)


async def test_a_caller_who_connects_anew_is_spoken_to_there(sip: Exchange, pump: Pump) -> None:
    """His re-INVITE comes on another connection than the call did, and the first is closed."""
    async with elsewhere(sip, pump, "<sip:phone@127.0.0.1:9;transport=tcp>") as phone:
        call, leg = await sip.answered(phone)
        phone.wire.close()
        await phone.wire.open("127.0.0.1", 0, sip.address)
        await call.reinvite()
        leg.leg.execute(HangUp(OURS))
        assert (await call.ended()).method == "BYE"


async def test_without_the_connection_the_contact_counts(sip: Exchange, pump: Pump) -> None:
    """He has closed it: what is said goes where he listens."""
    async with station() as (listening, port):
        async with elsewhere(sip, pump, f"<sip:phone@127.0.0.1:{port};transport=tcp>") as phone:
            _, leg = await sip.answered(phone)
            assert listening.connections == []
        await asyncio.sleep(0.2)
        leg.leg.execute(HangUp(OURS))
        await listening.hears(lambda message: message.method == "BYE")
        assert await leg.ended() == LegEnded(OURS)


@pytest.mark.parametrize(
    ("routes", "contact_hears"),
    [([], True), (["<sip:127.0.0.1:9;transport=tcp;lr>"], False)],
)
async def test_a_proxy_is_left_out_unless_it_wants_to_stay(
    sip: Exchange, pump: Pump, routes: Iterable[str], contact_hears: bool
) -> None:
    """Two Via: between us is a proxy, which hears of the call only if it has put itself into its route."""
    async with (
        station("127.0.0.3") as (listening, port),
        elsewhere(sip, pump, f"<sip:phone@127.0.0.3:{port};transport=tcp>") as phone,
    ):
        behind = [("Via", "SIP/2.0/TCP phone.invalid;branch=z9hG4bKbehind")]
        headers = [*behind, *(("Record-Route", route) for route in routes)]
        call, leg = await sip.answered(phone, headers=headers)
        leg.leg.execute(HangUp(OURS))
        if contact_hears:
            await listening.hears(lambda message: message.method == "BYE")
        else:
            bye = await call.ended()
            assert bye.all("Route") == list(routes)
            assert listening.heard == []
        assert await leg.ended() == LegEnded(OURS)


async def test_a_call_of_ours_is_ended_by_the_other_side(sip: Exchange) -> None:
    """Our Contact is where we listen, not the port of our connection; that stays open under the call, too."""
    async with station() as (listening, port):
        leg = Listening(sip.agent.dial(f"sip:desk@127.0.0.1:{port};transport=tcp"))
        invite = await listening.hears(lambda message: message.method == "INVITE")
        contact = wire_sip.uri(invite.header("Contact"))
        assert wire_sip.address(contact) == sip.address
        offer = wire_sip.read_sdp(invite.body)
        told = wire_sip.Sdp("127.0.0.1", ports.free_port(), offer.formats, offer.names, direction="inactive")
        more = [
            ("Contact", f"<sip:desk@127.0.0.1:{port};transport=tcp>"),
            ("Content-Type", "application/sdp"),
        ]
        listening.connections[0].write(bytes(answer(invite, *more, body=told.write())))
        assert await leg.fact() == Answered()
        await listening.hears(lambda message: message.method == "ACK")
        await asyncio.sleep(IDLE_S)
        assert not listening.connections[0].is_closing()
        reader, writer = await asyncio.open_connection(*wire_sip.address(contact))
        via = ("Via", "SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKbye")
        ends = [("From", f"{invite.header('To')};tag=them"), ("To", invite.header("From"))]
        same = [("Call-ID", invite.header("Call-ID")), ("CSeq", "1 BYE")]
        writer.write(bytes(Message(f"BYE {contact} SIP/2.0", [via, *ends, *same])))
        async with patience.within(10):
            assert (await reader.readline()).startswith(b"SIP/2.0 200")
        assert await leg.ended() == LegEnded(Ending(Result.COMPLETED, Reason.CALLEE_HUNG_UP))
        writer.close()
