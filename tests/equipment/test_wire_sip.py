"""The phone's reader and writer of SIP and SDP agree with the RFCs and with each other."""

from __future__ import annotations

import pytest

from tests.equipment import wire_sip
from tests.equipment.wire_sip import Message, Sdp


def test_a_message_is_read_back_as_written() -> None:
    """Start line, headers in order and body survive; the length is added."""
    sent = Message("INVITE sip:1@127.0.0.1 SIP/2.0", [("CSeq", "7 INVITE"), ("X-A", "b: c")], b"hello")
    got = wire_sip.parse(bytes(sent))
    assert (got.start, got.body, got.header("content-length")) == (sent.start, b"hello", "5")
    assert (got.method, got.cseq, got.status, got.header("x-a")) == ("INVITE", 7, 0, "b: c")


def test_compact_forms_and_folded_lines_are_read() -> None:
    """`v:` is Via, and a continuation line belongs to the header before it (RFC 3261 7.3.1 and 7.3.3)."""
    got = wire_sip.parse(
        b"SIP/2.0 180 Ringing\r\nv: SIP/2.0/UDP h\r\n ;branch=z9hG4bKa\r\nCSeq: 1 INVITE\r\n\r\n"
    )
    assert (got.status, got.method, got.branch) == (180, "INVITE", "z9hG4bKa")


def test_a_stream_is_cut_by_content_length() -> None:
    """Two messages and a half in one read give two messages; the half waits for its rest."""
    one = bytes(Message("OPTIONS sip:a SIP/2.0", [], b"body"))
    buffer = bytearray(b"\r\n\r\n" + one + one + one[:-1])
    assert wire_sip.split_stream(buffer) == [one, one]
    buffer += one[-1:]
    assert wire_sip.split_stream(buffer) == [one]
    assert not buffer


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ('"A" <sip:1@127.0.0.1:5062;transport=tcp>;tag=x', ("127.0.0.1", 5062)),
        ("sip:127.0.0.2;tag=y", ("127.0.0.2", 5060)),
    ],
)
def test_addresses_are_found(value: str, target: tuple[str, int]) -> None:
    """Host and port of a contact are where requests go."""
    assert wire_sip.address(wire_sip.uri(value)) == target


def test_a_description_is_read_back_as_written() -> None:
    """Every field of an offer survives writing and reading."""
    offer = Sdp(
        "127.0.0.1", 4000, formats=(8, 96), names={8: "PCMA/8000", 96: "telephone-event/8000"}, ptime=30
    )
    got = wire_sip.read_sdp(offer.write())
    assert got == offer
    assert (got.codec, got.telephone_event) == (8, 96)


def test_the_media_section_wins_over_the_session() -> None:
    """`c=` and direction of the stream override those of the session, and other streams are not read."""
    session = b"v=0\nc=IN IP4 10.0.0.1\na=sendrecv\n"
    audio = b"m=audio 8 RTP/AVP 0\nc=IN IP4 127.0.0.9\na=recvonly\n"
    body = session + audio + b"m=video 9 RTP/AVP 31\na=ptime:60\n"
    got = wire_sip.read_sdp(body)
    assert (got.host, got.direction, got.ptime, got.formats) == ("127.0.0.9", "recvonly", None, (0,))
