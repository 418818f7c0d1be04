"""Host names in messages, a name server that knows two of them, and an agent that never waits for it."""

from __future__ import annotations

import ctypes
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pjsua2
import pytest
from structlog.testing import capture_logs

from gateway.call import Answered, Ending, HangUp, LegEnded, Reason, Result
from gateway.sip import names
from tests.equipment import patience
from tests.equipment.name_server import NameServer
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message
from tests.equipment.wire_transport import Transaction
from tests.sip.conftest import Exchange, Listening, exchange

pytestmark = pytest.mark.native

OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)


class Named(Phone):
    """A phone whose Contact is a name, and which knows by itself where the agent is."""

    here = "silent.example"
    """What stands behind its user; PORT becomes its own."""

    @property
    def contact(self) -> str:
        """The Contact of this phone."""
        return f"<sip:{self.user}@{self.at(self.here)}>"

    def at(self, here: str) -> str:
        """Put our port in."""
        return here.replace("PORT", str(self.local[1]))

    def transact(self, request: Message, target: tuple[str, int] | None = None) -> Transaction:
        """Send a request to the agent, whatever its routes say."""
        return super().transact(request, self.target)

    def send(self, data: bytes | Message, target: tuple[str, int] | None = None) -> None:
        """Send a message to the agent."""
        super().send(data, self.target)


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """A name server that knows two names, and is silent about the rest; it is soon given up on."""
    monkeypatch.setattr(names, "ASK_AGAIN_S", 0.3)
    with NameServer({"phone.example": "127.0.0.1", "gone.example": None}) as server:
        yield server


@pytest.fixture
async def sip(dns: NameServer) -> AsyncIterator[Exchange]:
    """An agent that asks it."""
    async with exchange(name_servers=(dns.address,)) as running:
        yield running


@pytest.fixture
async def named(sip: Exchange, pump: Pump) -> AsyncIterator[Named]:
    """A phone that is called by a name."""
    async with Named(sip.address, pump) as ready:
        yield ready


async def test_a_bye_goes_where_a_contact_is_named(sip: Exchange, named: Named, dns: NameServer) -> None:
    """The name is looked up, and the call ended at the far end, too."""
    named.here = "phone.example:PORT"
    call, leg = await sip.answered(named)
    leg.leg.execute(HangUp(OURS))
    await call.ended()
    assert dns.questions() == ["phone.example A"]


async def test_a_contact_without_a_port_is_a_domain(sip: Exchange, named: Named, dns: NameServer) -> None:
    """Its SRV records say which host and port (RFC 3263 section 4.2)."""
    named.here = "company.example"
    dns.records["_sip._udp.company.example"] = [(1, 1, named.local[1], "phone.example")]
    call, leg = await sip.answered(named)
    leg.leg.execute(HangUp(OURS))
    await call.ended()


@pytest.mark.parametrize("route", ["phone.example:PORT;lr", "127.0.0.9:PORT;maddr=phone.example;lr"])
async def test_a_bye_goes_by_a_proxy_with_a_name(sip: Exchange, named: Named, route: str) -> None:
    """Record-Route decides, and in a URI maddr (RFC 3261 section 19.1.1)."""
    call, leg = await sip.answered(named, headers=[("Record-Route", f"<sip:{named.at(route)}>")])
    leg.leg.execute(HangUp(OURS))
    await call.ended()


@pytest.mark.parametrize("name", ["silent.example", "gone.example:5070", "-.-:5060", "a..b:5060", "x_y"])
async def test_a_name_that_leads_nowhere_costs_one_bye(
    sip: Exchange, named: Named, phone: Phone, name: str
) -> None:
    """Our side of the call is over at once, others are served, and a line says which name it was."""
    named.here = name
    with capture_logs() as logs:
        call, leg = await sip.answered(named)
        leg.leg.execute(HangUp(OURS))
        assert (await leg.ended()).ending == OURS
        assert (await phone.ask("OPTIONS")).status == 200
        other, _ = await sip.answered(phone)
        assert phone.retransmissions == 0
        await other.hang_up()
        async with patience.within(2 * names.ANSWER_S):
            while not (lines := [line for line in logs if line["event"] == "sip.message_unsent"]):
                assert (await phone.ask("OPTIONS")).status == 200
    assert lines[0]["host"] == name.partition(":")[0]
    assert not call.over


async def test_the_names_of_a_source_are_counted_against_it(
    sip: Exchange, named: Named, pump: Pump, dns: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many names one address brings, those of others are looked up."""
    monkeypatch.setattr(names, "MOST_OF_A_SOURCE", 2)
    async with Named(sip.address, pump, host="127.0.0.2") as other:
        dns.records["other.example"] = "127.0.0.2"
        other.here = "other.example:PORT"
        calls = [await sip.answered(other)]
        for number in range(5):
            named.here = f"silent-{number}.example:PORT"
            calls.append(await sip.answered(named))
        with capture_logs() as logs:
            for _, leg in reversed(calls):
                leg.leg.execute(HangUp(OURS))
            await calls[0][0].ended()
    assert len(dns.questions("silent-")) == 2
    assert [line["why"] for line in logs] == ["too many names are being looked up"]


async def test_a_name_in_a_via_is_not_obeyed(sip: Exchange, phone: Phone, dns: NameServer) -> None:
    """Who asked is answered where he is, with the Via that he sent; nobody is asked for the name."""
    request = phone.request("OPTIONS")
    via = request.header("Via") + ";maddr=silent.example"
    request.headers[0] = ("Via", via)
    response = await phone.transact(request).final()
    assert response.status == 200
    assert "maddr=silent.example" in response.header("Via")
    assert dns.asked == []


async def test_a_person_at_a_name_is_rung(sip: Exchange, phone: Phone) -> None:
    """A call of ours is made to where its name leads, and the Request-URI keeps the name."""
    leg = Listening(sip.agent.dial(f"sip:ann@phone.example:{phone.local[1]}"))
    call = await phone.incoming()
    assert call.messages[0].start.startswith(f"INVITE sip:ann@phone.example:{phone.local[1]}")
    await call.accept()
    assert isinstance(await leg.fact(), Answered)
    await call.hang_up()
    assert isinstance(await leg.fact(), LegEnded)


@pytest.mark.parametrize("name", ["silent.example", "gone.example"])
async def test_nobody_at_a_name_is_told(sip: Exchange, phone: Phone, name: str) -> None:
    """A call of ours to a name that leads nowhere fails as 502, and other calls come in meanwhile."""
    leg = Listening(sip.agent.dial(f"sip:ann@{name}"))
    call, _ = await sip.answered(phone)
    assert phone.retransmissions == 0
    assert (await leg.ended()).ending == Ending(Result.FAILED, Reason.UNREACHABLE, 502)
    await call.hang_up()


async def test_hanging_up_while_a_name_is_looked_up(sip: Exchange, dns: NameServer, phone: Phone) -> None:
    """Who gives up before the answer is through; what comes late finds the call ended."""
    dns.answers.clear()
    leg = Listening(sip.agent.dial(f"sip:ann@phone.example:{phone.local[1]}"))
    async with patience.within(5):
        while not dns.asked:
            await phone.ask("OPTIONS")
    leg.leg.execute(HangUp(OURS))
    assert (await leg.ended()).ending == OURS
    dns.answers.set()
    call = await phone.incoming()
    call.ring()
    await call.ended()


async def test_an_answer_that_comes_when_the_call_is_over(
    sip: Exchange, named: Named, dns: NameServer, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both hung up at once, and ours was still being looked up: nothing is left that it could hurt."""
    monkeypatch.setattr(names, "ASK_AGAIN_S", 1.5)
    named.here = "phone.example:PORT"
    calls = [await sip.answered(named) for _ in range(3)]
    dns.answers.clear()
    for _, leg in calls:
        leg.leg.execute(HangUp(OURS))
        assert (await leg.ended()).ending == OURS
    async with patience.within(5):
        while not dns.asked:
            await phone.ask("OPTIONS")
    for call, _ in calls:
        assert (await call.request("BYE")).status in (200, 481)
    dns.answers.set()
    for call, _ in calls:
        await call.ended()
    other, _ = await sip.answered(phone)
    await other.hang_up()


async def test_the_agent_leaves_while_a_name_is_looked_up(dns: NameServer, pump: Pump) -> None:
    """Whoever still waits for an answer is told that there is none; nobody waits for a name server."""
    async with exchange(name_servers=(dns.address,)) as sip, Named(sip.address, pump) as named:
        for _ in range(3):
            _, leg = await sip.answered(named)
        leg.leg.execute(HangUp(OURS))
        await leg.ended()
    assert dns.asked


class _Text(ctypes.Structure):
    """pj_str_t."""

    _fields_ = (("characters", ctypes.c_char_p), ("length", ctypes.c_ssize_t))


@pytest.mark.parametrize(("host", "taken"), [(b"127.0.0.1", True), (b"localhost", False)])
def test_pjsip_itself_asks_nobody(host: bytes, taken: bool) -> None:
    """Wherever else it would look a host up, it takes numbers and refuses names: our build of it does."""
    pjlib = ctypes.CDLL(str(Path(pjsua2.__file__).parent / "lib" / "libpj.so.2"))
    room, count = ctypes.create_string_buffer(4096), ctypes.c_uint(1)
    name = _Text(host, len(host))
    status = pjlib.pj_getaddrinfo(socket.AF_INET, ctypes.byref(name), ctypes.byref(count), room)
    assert (status == 0) is taken
