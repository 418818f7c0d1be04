"""Which addresses a request may go to."""

from ipaddress import ip_address

import pytest

from gateway.http_client.addresses import is_inside, is_inside_name, is_public, literal, odd_number

PUBLIC = ("1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")
INSIDE = ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "fd00::1", "::ffff:127.0.0.1")
NEITHER = (
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "fe80::1",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
)


@pytest.mark.parametrize("text", PUBLIC)
def test_the_public_internet_may_be_reached(text: str) -> None:
    """Also by an IPv6 address that stands for an IPv4 one."""
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", INSIDE)
def test_this_machine_and_its_network_are_inside(text: str) -> None:
    """Whoever may reach them has to be told so."""
    assert not is_public(ip_address(text))
    assert is_inside(ip_address(text))


@pytest.mark.parametrize("text", NEITHER)
def test_link_local_and_what_is_nobodys_is_out_of_reach(text: str) -> None:
    """A cloud's metadata are there; no name may lead to them, wherever names may lead."""
    assert not is_public(ip_address(text))
    assert not is_inside(ip_address(text))


@pytest.mark.parametrize("text", ["100.64.0.1", "192.0.2.1", "198.18.0.1", "2001:db8::1", "2002:7f00:1::"])
def test_addresses_of_no_host_are_not_public(text: str) -> None:
    """Carriers' own, those of documents and of tests, and 127.0.0.1 in 6to4."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "10.0.1", "1.2.3.4."]
)
def test_odd_spellings_of_an_address_are_no_names(host: str) -> None:
    """Some programs read them as addresses, ours reads them as nothing."""
    assert odd_number(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "example.com", "4.example", "x1", "0xy.example"])
def test_addresses_and_names_are_not_odd(host: str) -> None:
    """As everybody writes them."""
    assert not odd_number(host)


def test_a_literal_is_read_with_its_brackets_and_zone() -> None:
    """As it stands in a URL."""
    assert str(literal("[::1]")) == "::1"
    assert str(literal("fe80::1%eth0")) == "fe80::1"
    assert literal("example.com") is None


def test_some_names_say_that_they_lead_inside() -> None:
    """No public name server knows them."""
    assert all(map(is_inside_name, ("shop", "localhost", "crm.internal", "printer.local.", "A.Home.Arpa")))
    assert not any(map(is_inside_name, ("shop.example", "local.example.com", "internal.co")))
