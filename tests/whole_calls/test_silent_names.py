"""A name server that never answers, and a host name in every place of every message."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest

from tests.equipment import named_messages, patience, ports, under_etc
from tests.equipment.name_server import NameServer
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message, Sdp

if why := under_etc.refusal():
    pytest.skip(why, allow_module_level=True)

pytestmark = pytest.mark.native  # what portable mode cannot do is in docs/host-names.md

SILENT = "127.53.0.53"
STRANGER = "127.0.0.2"
CROWD = 20
"""Messages between two looks at whether others are served."""


@pytest.fixture(scope="module")
def dns() -> Iterator[NameServer]:
    """A name server that notes what it is asked, and is silent."""
    with NameServer(host=SILENT, port=53) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(
    dns: NameServer, local_server: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway that asks it."""
    etc = tmp_path_factory.mktemp("etc")
    under_etc.write(etc, SILENT)
    plans = {
        "tone": agent("100", local_server.url),
        "short": agent(
            "101", local_server.url, voice="tone-440-200ms", limits={"max_duration": "1s", "notice": None}
        ),
        "refused": {"numbers": ["600"], "reject": {"status": 603}},
    }
    # What a source may do is tests/whole_calls/test_flood.py's; here everything has to get in.
    (etc / "gateway.yaml").write_text(f"limits: {{sources: {{exempt: [{STRANGER}]}}}}\n")
    port = ports.free_port()
    everywhere = ("--sip", f"0.0.0.0:{port}")  # PJSIP, as it comes, then looks our own name up at each call
    command = ("-m", "tests.equipment.under_etc", str(etc))
    with Gateway(
        plans,
        "--no-local",
        "--config",
        str(etc / "gateway.yaml"),
        *everywhere,
        sip_port=port,
        command=command,
    ) as running:
        yield running


class Named(Phone):
    """A phone on an address of its own; `name`, where there is one, stands in its Contact."""

    name = ""

    @property
    def contact(self) -> str:
        """The Contact of this phone."""
        return f"<sip:phone@{self.name}>" if self.name else super().contact


@pytest.fixture
async def stranger(gateway: Gateway, pump: Pump) -> AsyncIterator[Named]:
    """Whoever sends names."""
    async with Named(gateway.sip, pump, host=STRANGER) as ready:
        yield ready


async def served(phone: Phone) -> None:
    """See that others are answered: soon, or the process waits for a name server."""
    async with patience.within(5):
        assert (await phone.ask("OPTIONS")).status == 200


async def send(messages: Iterable[Message], stranger: Phone, phone: Phone) -> int:
    """Send messages, and see again and again that others are served; return how many there were."""
    for number, message in enumerate(messages, 1):
        stranger.send(message)
        if number % CROWD == 0:
            await served(phone)
    await served(phone)
    return number


async def test_a_name_in_any_place_of_any_message(
    gateway: Gateway, dns: NameServer, stranger: Named, phone: Phone
) -> None:
    """Outside of calls nobody is asked for it, and others are served at once."""
    assert await send(named_messages.outside(stranger), stranger, phone) > 450
    # An INVITE with a name in each header is a call like any other. Calls that are refused have lines of
    # their own up to ten, and are counted then.
    async with patience.within(5):
        while len(gateway.ended_calls()) < 10:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    call = phone.call("100")
    await call.answered(5)
    await call.hears_sound()
    assert (await call.hang_up()).status == 200
    assert dns.asked == []


async def test_a_name_in_any_place_within_a_call(
    gateway: Gateway, dns: NameServer, stranger: Named, phone: Phone
) -> None:
    """Nobody is asked for it there either, unless something has to be sent to it; the call goes on."""
    call = stranger.call("100")
    await call.answered()
    assert await send(named_messages.inside(call), stranger, phone) > 300
    since = time.monotonic_ns()
    await call.hears_sound(since)
    await call.hang_up()
    assert dns.asked == []


async def test_an_answer_with_a_name_ends_the_call(
    gateway: Gateway, dns: NameServer, stranger: Named, phone: Phone
) -> None:
    """An ACK cannot be refused (RFC 3264 section 5): the call without audio is ended."""
    call = stranger.call("100", sdp=None)
    call.acks = False
    offer = await call.answered()
    call.acknowledge(offer, body=Sdp("silent-ack.example", 4000))
    await served(phone)
    await call.ended()
    assert dns.asked == []


async def test_a_bye_to_a_name_that_nobody_answers_for(
    gateway: Gateway, dns: NameServer, stranger: Named, phone: Phone
) -> None:
    """It is looked up while others are served and new calls come in; the BYE is lost, and nothing else."""
    stranger.name = "silent-contact.example"
    by_contact = await established(stranger, gateway)
    stranger.name = ""
    by_route = await established(stranger, gateway, ("Record-Route", "<sip:silent-route.example;lr>"))
    refreshed = await established(stranger, gateway)
    stranger.name = "silent-refresh.example"  # RFC 3311 section 5.2: UPDATE changes the target
    assert (await refreshed.request("UPDATE")).status == 200
    async with patience.within(15):
        while len(dns.questions("silent-")) < 3:
            await served(phone)
    other = phone.call("100")
    await other.answered(5)
    assert (await other.hang_up()).status == 200
    assert (await gateway.said("sip.message_unsent"))["host"].startswith("silent-")
    assert not any(call.over for call in (by_contact, by_route, refreshed))
    assert all(name.startswith(("silent-", "_sip._udp.silent-")) for name in dns.asked)


async def established(phone: Phone, gateway: Gateway, *headers: tuple[str, str]) -> Call:
    """Have a short call whose requests go to the gateway, whatever stands in its routes."""
    call = phone.call("101", headers=headers)
    call.acks = False
    answer = await call.answered()
    call.routes, call.target_uri = [], f"sip:{gateway.sip[0]}:{gateway.sip[1]}"
    call.acknowledge(answer)
    return call
