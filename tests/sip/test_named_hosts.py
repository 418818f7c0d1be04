"""Host names in a message: found where PJSIP would look them up, and nowhere else."""

from __future__ import annotations

import pytest

from gateway.sip.named_hosts import named_hosts, named_media

SDP = (
    "v=0\r\no=- 1 1 IN IP4 origin.example\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
)


def invite(*headers: str, body: str = SDP) -> str:
    """Write an INVITE with names where nobody looks them up."""
    lines = [
        "INVITE sip:100@gateway.example SIP/2.0",
        "Via: SIP/2.0/UDP via.example:5060;maddr=maddr.example;branch=z9hG4bK1",
        '"Ann" <sip:ann@from.example>;tag=1',
        "To: <sip:100@to.example>",
        "Call-ID: 1@call.example",
        "Subject: Contact: <sip:subject.example>",
        *headers,
    ]
    return "\r\n".join([*lines, "", body])


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        (["Contact: <sip:ann@192.0.2.1:5070;transport=tcp>"], []),
        (["Contact: <sip:ann@[2001:db8::1]:5070>;expires=60"], []),
        (["Contact: *"], []),
        (["Contact: <sip:ann@phone.example:5070>"], ["phone.example"]),
        (["m:sip:phone.example"], ["phone.example"]),
        (["CONTACT : <SIPS:ann:secret@phone.example>"], ["phone.example"]),
        (["Contact: <sip:ann@192.0.2.1;maddr=proxy.example>"], ["proxy.example"]),
        (["Record-Route: <sip:192.0.2.1;lr>,", " <sip:proxy.example;lr>"], ["proxy.example"]),
        (["Record-Route: <sip:192.0.2.1;lr>", "Record-Route: <sip:proxy.example>"], ["proxy.example"]),
    ],
)
def test_names_that_say_where_a_bye_goes(headers: list[str], names: list[str]) -> None:
    """Of Contact and Record-Route in any form; other headers may name what they like."""
    assert list(named_hosts(invite(*headers))) == names


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("", []),
        ("c=IN IP4 media.example\r\n", ["media.example"]),
        ("c=IN IP6 media.example\r\n", ["media.example"]),
        ("c=IN IP6 2001:db8::1\r\n", []),
        ("c=IN IP4 233.252.0.1/127\r\n", []),
        ("a=rtcp:4001 IN IP4 rtcp.example\r\n", ["rtcp.example"]),
        ("a=rtcp:4001\r\n", []),
        ("a=candidate:1 1 UDP 1 host.example 4000 typ host\r\n", []),
    ],
)
def test_names_that_say_where_audio_goes(lines: str, names: list[str]) -> None:
    """Of c= and a=rtcp, at the level of the session or of a stream."""
    assert list(named_media(SDP + lines)) == names
    assert list(named_hosts(invite(body=SDP + lines))) == names
