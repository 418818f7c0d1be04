"""Look-ups against a name server that knows few names and is silent about the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.errors import SipError, UnknownHost
from gateway.sip import names
from gateway.sip.names import Found, HostNames, Target, target_of
from tests.equipment import patience
from tests.equipment.name_server import NameServer

RECORDS = {
    "host.example": "127.0.0.9",
    "gone.example": None,
    "_sip._udp.gone.example": None,
    "_sip._udp.host.example": None,
    "one.cluster.example": "127.0.1.1",
    "two.cluster.example": "127.0.1.2",
    "three.cluster.example": "127.0.1.3",
    "_sip._udp.cluster.example": [
        (20, 0, 5080, "three.cluster.example"),
        (10, 1, 5070, "one.cluster.example"),
        (10, 99, 5072, "two.cluster.example"),
    ],
    "_sips._tcp.cluster.example": [(1, 1, 5071, "one.cluster.example")],
    "mute.example": "127.0.0.10",  # silent for SRV
}


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("sip:100@pbx.example", Target("pbx.example")),
        ("sip:pbx.example:5070", Target("pbx.example", 5070)),
        ("SIP:100:secret@192.0.2.1:5070;transport=TCP?X=1", Target("192.0.2.1", 5070, "tcp")),
        ("sips:100@pbx.example", Target("pbx.example", 0, "tls")),
        ("sip:100@[2001:db8::1]:5070;user=phone", Target("2001:db8::1", 5070)),
        ("sip:100@pbx.example;maddr=192.0.2.9;lr", Target("192.0.2.9")),
    ],
)
def test_where_a_uri_leads(uri: str, target: Target) -> None:
    """Host, port and transport; maddr takes the host's place (RFC 3261 section 19.1.1)."""
    assert target_of(uri) == target


@pytest.mark.parametrize(
    "uri", ["", "100", "tel:+15551230001", "sip:100@", "sip:1@h:99999", "sip:1@h;transport=x", "sip:1@h i"]
)
def test_what_leads_nowhere_is_no_sip_address(uri: str) -> None:
    """It is refused with its text."""
    with pytest.raises(SipError):
        target_of(uri)


@pytest.fixture
def dns() -> Iterator[NameServer]:
    """A name server."""
    with NameServer(RECORDS) as server:
        yield server


@pytest.fixture
async def hosts(dns: NameServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HostNames]:
    """Look-ups that ask it, and give up soon."""
    monkeypatch.setattr(names, "ASK_AGAIN_S", 0.15)
    async with HostNames([dns.address]) as ready:
        yield ready


async def found(hosts: HostNames, target: Target, source: str = "") -> Found:
    async with patience.within(10):
        return await hosts.find(target, source)


@pytest.mark.parametrize(
    ("target", "addresses"),
    [
        (Target("host.example", 5090), (("127.0.0.9", 5090),)),
        (Target("host.example"), (("127.0.0.9", 5060),)),
        (Target("HOST.example."), (("127.0.0.9", 5060),)),
        (Target("mute.example"), (("127.0.0.10", 5060),)),
        (Target("host.example", 0, "tls"), (("127.0.0.9", 5061),)),
        (Target("192.0.2.7", 0, "tls"), (("192.0.2.7", 5061),)),
        (Target("2001:db8::7", 5062), (("2001:db8::7", 5062),)),
        (Target("localhost"), (("127.0.0.1", 5060),)),
        (Target("cluster.example", 0, "tls"), (("127.0.1.1", 5071),)),
    ],
)
async def test_a_target_leads_to_addresses(hosts: HostNames, target: Target, addresses: Found) -> None:
    """A port is kept, a domain's SRV records are used, and the transport decides on the default."""
    assert await found(hosts, target) == addresses


async def test_servers_of_a_domain_come_by_priority_and_weight(hosts: HostNames, dns: NameServer) -> None:
    """The lower priority comes last, and of equals the heavier one mostly first (RFC 2782)."""
    dns.ttl = 0
    hosts._keep = lambda *_: None  # type: ignore[method-assign] # asked anew each time
    orders = [await found(hosts, Target("cluster.example")) for _ in range(40)]
    assert {order[-1] for order in orders} == {("127.0.1.3", 5080)}
    assert all(len(order) == 3 for order in orders)
    first = [order[0] for order in orders]
    assert first.count(("127.0.1.2", 5072)) > 30, "weight 99 to 1"


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (Target("gone.example"), "not found"),
        (Target("silent.example"), names.SILENT),
        (Target("silent.example", 5060, "tcp"), names.SILENT),
        (Target("a b"), "not a host name"),
        (Target("a" * 300), "not a host name"),
        (Target("-"), "not a host name"),
        (Target(""), "not a host name"),
    ],
)
async def test_a_name_that_leads_nowhere_says_why(hosts: HostNames, target: Target, why: str) -> None:
    """No name server can make a look-up last, and no name can break it."""
    with pytest.raises(UnknownHost, match=why) as caught:
        await found(hosts, target)
    assert target.host in str(caught.value)


async def test_a_look_up_has_a_limit_of_its_own(hosts: HostNames, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long c-ares would go on asking, the answer is no when the time is up."""
    monkeypatch.setattr(names, "ANSWER_S", 0.05)
    with pytest.raises(UnknownHost, match=names.SILENT):
        await found(hosts, Target("silent.example"))


async def test_a_name_is_asked_for_once(hosts: HostNames, dns: NameServer) -> None:
    """Who asks for the same while it is looked up, or soon after, gets the same answer; also that of no."""
    target, silent = Target("host.example", 5090), Target("silent.example", 5090)
    assert len(set(await asyncio.gather(*(found(hosts, target) for _ in range(20))))) == 1
    assert await found(hosts, target) == (("127.0.0.9", 5090),)
    for _ in range(2):
        answers = await asyncio.gather(*(found(hosts, silent) for _ in range(5)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {UnknownHost}
    assert dns.asked.count("host.example A") == 1
    assert 1 <= dns.asked.count("silent.example A") <= names.TRIES


async def test_one_source_does_not_starve_the_names_of_others(hosts: HostNames) -> None:
    """A source has few look-ups at once; what is too much is refused at once, and others go on."""
    flood = [hosts.find(Target(f"s{n}.example"), "192.0.2.1") for n in range(names.MOST_OF_A_SOURCE + 10)]
    flooded = asyncio.gather(*flood, return_exceptions=True)
    await asyncio.sleep(0)
    with pytest.raises(UnknownHost, match="too many"):
        await found(hosts, Target("mute.example"), "192.0.2.1")
    assert await found(hosts, Target("host.example", 5090), "192.0.2.2") == (("127.0.0.9", 5090),)
    assert sum("too many" in str(answer) for answer in await flooded) == 10
    assert await found(hosts, Target("mute.example"), "192.0.2.1") == (("127.0.0.10", 5060),)


async def test_leaving_ends_what_runs(dns: NameServer) -> None:
    """Nobody waits for a silent name server when the process ends."""
    async with patience.within(2):
        async with HostNames([dns.address]) as hosts:
            waiting = asyncio.gather(hosts.find(Target("silent.example")), return_exceptions=True)
            await asyncio.sleep(0.05)
        assert [type(answer) for answer in await waiting] == [asyncio.CancelledError]
