"""What PJSIP is told."""

import socket
from dataclasses import replace

import pytest

pytest.importorskip("pjsua2")

from gateway.errors import SipError
from gateway.media.plane import native_available
from gateway.sip.stack import SipSettings, account_config, endpoint_config, in_numbers
from tests.equipment.name_server import NameServer


@pytest.mark.native  # settings that PyPI's PJSIP does not know
def test_one_call_too_many_still_gets_our_answer() -> None:
    """PJSIP has room above the allowed calls, as far as it was built for them; portable it has four."""
    few, many, portable = (
        endpoint_config(SipSettings(max_calls=calls), native=native)  # held: its parts are views into it
        for calls, native in ((10, True), (1024, True), (1000, False))
    )
    assert few.uaConfig.maxCalls > 10
    assert many.uaConfig.maxCalls == 1024
    assert portable.uaConfig.maxCalls == 4


@pytest.mark.native  # settings that PyPI's PJSIP does not know
def test_callbacks_come_on_our_thread() -> None:
    """No thread of PJSIP's own ever takes Python's lock."""
    config = endpoint_config(SipSettings(), native=True)
    assert (config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly) == (0, True)


@pytest.mark.skipif(not native_available(), reason="PJSIP 2.15 aborts where no endpoint was made before")
def test_audio_takes_ports_of_the_range() -> None:
    """At the address that we listen on."""
    config = account_config(SipSettings("127.0.0.2", 5060, 20_000, 20_100), 5060)
    transport = config.mediaConfig.transportConfig
    assert (transport.boundAddress, transport.port, transport.portRange) == ("127.0.0.2", 20_000, 100)


async def test_our_own_names_are_looked_up_once() -> None:
    """PJSIP gets addresses: it would ask for a public name at every call."""
    with NameServer({"here.example": "127.0.0.3", "public.example": "192.0.2.3"}) as dns:
        given = SipSettings("here.example", public_address="public.example", name_servers=(dns.address,))
        settings = await in_numbers(given)
    assert (settings.host, settings.public_address) == ("127.0.0.3", "192.0.2.3")
    assert dns.questions() == ["here.example A", "public.example A"]


@pytest.mark.parametrize("host", ["::", "::1", "2001:db8::1"])
async def test_portable_mode_refuses_ipv6_in_one_clear_line(host: str) -> None:
    """Its PJSIP speaks none: not half, and not after a search for a name."""
    with pytest.raises(SipError, match=r"^--sip: .* is an IPv6 address: write an IPv4 one \(0\.0\.0\.0"):
        await in_numbers(SipSettings(host), native=False)
    with pytest.raises(SipError, match=r"^public_address: .* is an IPv6 address: write an IPv4 one,"):
        await in_numbers(SipSettings("127.0.0.1", public_address=host), native=False)


@pytest.mark.parametrize("host", ["fe80::1%lo", "::ffff:127.0.0.1"])
async def test_an_address_of_ipv6_that_is_none_is_refused(host: str) -> None:
    """One of a single link, and one of IPv4 in disguise."""
    with pytest.raises(
        SipError, match=r"^--sip: .*: write an IPv4 address as such, and an IPv6 one without %"
    ):
        await in_numbers(SipSettings(host))


async def test_each_family_has_its_address() -> None:
    """Listeners and public addresses, in whatever order; names among them are looked up."""
    with NameServer({"here.example": "127.0.0.3"}) as dns:
        given = SipSettings(
            "::1",
            public_address="2001:db8::5,192.0.2.3",
            further=(("here.example", 5060),),
            name_servers=(dns.address,),
        )
        settings = await in_numbers(given)
    assert settings.further == (("127.0.0.3", 5060),)
    assert [settings.own(six=six) for six in (False, True)] == ["127.0.0.3", "::1"]
    assert [settings.public(six=six) for six in (False, True)] == ["192.0.2.3", "2001:db8::5"]
    assert settings.family == socket.AF_UNSPEC


async def test_addresses_are_taken_as_they_are() -> None:
    """Nobody is asked."""
    for given in (SipSettings("0.0.0.0"), SipSettings("127.0.0.1", public_address="192.0.2.3")):
        assert await in_numbers(given) is given


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (SipSettings("gone.example"), "--sip: no address for host 'gone.example'"),
        (SipSettings(public_address="gone.example"), "public_address: no address for host 'gone.example'"),
        (SipSettings(public_address="203.0.113.7:5060"), "write an address in numbers"),
    ],
)
async def test_a_name_of_ours_that_leads_nowhere_is_said(settings: SipSettings, named: str) -> None:
    """The setting is named, with the cure."""
    with NameServer({"gone.example": None}) as dns, pytest.raises(SipError, match=named):
        await in_numbers(replace(settings, name_servers=(dns.address,)))
