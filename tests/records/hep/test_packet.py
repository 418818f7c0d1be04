"""HEP3 packets, read by the protocol's description."""

from __future__ import annotations

import pytest

from gateway.records.hep.packet import HepKind, HepPacket, encode
from tests.equipment import homer

SIP = HepPacket(1_790_000_000.25, HepKind.SIP, "192.0.2.1:5060", "127.0.0.1:5070", "a@b", b"BYE sip:x")


def test_a_message_of_sip() -> None:
    """All that is known of it arrives."""
    read = homer.read(encode(SIP, 2001, "secret"))
    assert (read.family, read.protocol, read.kind, read.node) == (2, 17, 1, 2001)
    assert (read.source, read.target) == ("192.0.2.1:5060", "127.0.0.1:5070")
    assert (read.at, read.call_id, read.password) == (1_790_000_000.25, "a@b", "secret")
    assert read.payload == b"BYE sip:x"


def test_what_is_left_out() -> None:
    """A password and a Call-ID that there are not; TCP and TLS are TCP."""
    read = homer.read(encode(HepPacket(1.0, HepKind.LOG, "[::1]:1", "[::2]:2", "", b"x", "TLS"), 1))
    assert (read.family, read.protocol, read.source, read.target) == (10, 6, "::1:1", "::2:2")
    assert (read.call_id, read.password) == ("", "")


@pytest.mark.parametrize("place", ["", "host:5060", "1.2.3.4", "1.2.3.4:99999", "1.2.3.4:\u0661"])
def test_a_place_that_is_none(place: str) -> None:
    """Is told as nowhere; the packet arrives all the same."""
    read = homer.read(encode(HepPacket(1.0, HepKind.SIP, place, "127.0.0.1:1", "", b"x"), 1))
    assert read.source in ("0.0.0.0:0", "1.2.3.4:0")
    assert read.target == "127.0.0.1:1"


def test_places_of_two_kinds() -> None:
    """Neither is told: a packet has one family."""
    read = homer.read(encode(HepPacket(1.0, HepKind.SIP, "[::1]:5", "127.0.0.1:6", "", b"x"), 1))
    assert (read.source, read.target) == (":5", ":6")


@pytest.mark.parametrize("size", [65_500, 70_000])
def test_what_fits_into_no_packet(size: int) -> None:
    """Is refused here, not cut."""
    with pytest.raises(ValueError, match="do not fit"):
        encode(HepPacket(1.0, HepKind.SIP, "", "", "", b"x" * size), 1)
