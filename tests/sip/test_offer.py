"""An offer is read for what we speak (G.711, whatever its number, in any stream), and for where it points."""

import pytest

from gateway.sip.codecs import CODECS, G711
from gateway.sip.offer import astray, goes_to_hosts, speaks_our_codec

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"


def offer(*lines: str) -> str:
    """Write a description."""
    return HEAD + "".join(f"{line}\r\n" for line in lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["m=audio 4000 RTP/AVP 0"],
        ["m=audio 4000 RTP/AVP 18 8 101", "a=rtpmap:18 G729/8000", "a=rtpmap:101 telephone-event/8000"],
        ["m=audio 4000 RTP/AVP 96", "a=rtpmap:96 pcmu/8000/1"],
        ["m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=sendonly"],
        ["m=video 4002 RTP/AVP 31", "m=audio 4000 RTP/AVP 8"],
        ["m=audio 4000 RTP/AVP 18", "m=audio 4002 RTP/AVP 0"],
        ["m=audio 4000 RTP/AVP 9"],
        ["m=audio 4000 RTP/AVP 111", "a=rtpmap:111 opus/48000/2"],
    ],
)
def test_something_in_common(lines: list[str]) -> None:
    """Static numbers need no name, dynamic ones have it in rtpmap, in small letters or capitals."""
    assert speaks_our_codec(offer(*lines), tuple(CODECS))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["m=audio 4000 RTP/AVP 18", "a=rtpmap:18 G729/8000"],
        ["m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"],
        ["m=audio 4000 RTP/AVP 96", "a=rtpmap:96 PCMU/16000"],
        ["m=audio 4000 RTP/AVP 96", "a=rtpmap:96 PCMU/8000/2"],
        ["m=audio 4000 RTP/AVP 96", "m=video 4002 RTP/AVP 96", "a=rtpmap:96 PCMU/8000"],
        ["m=audio 0 RTP/AVP", "a=rtpmap:0 PCMU/8000"],
        ["m=image 4000 udptl 0"],
        ["m=", "m=audio", "m=audio 4000"],
        ["m=audio 4000 RTP/AVP 111", "a=rtpmap:111 opus/48000"],
    ],
)
def test_nothing_in_common(lines: list[str]) -> None:
    """Another codec, another rate, another stream's number, a fax, or no stream at all."""
    assert not speaks_our_codec(offer(*lines), tuple(CODECS))


def test_a_codec_that_is_switched_off_is_nothing_in_common() -> None:
    """G.722 where only G.711 is spoken."""
    assert not speaks_our_codec(offer("m=audio 4000 RTP/AVP 9"), G711)


AUDIO = "m=audio 4000 RTP/AVP 0"


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [AUDIO],
        [AUDIO, "c=IN IP4 0.0.0.0"],
        [AUDIO, "c=IN IP4 127.0.0.1", "m=audio 0 RTP/AVP 0", "c=IN IP4 224.0.0.1"],
        [AUDIO, "c=IN IP6 2001:db8::1"],
    ],
)
def test_one_host_each(lines: list[str]) -> None:
    """A stream's own address counts before the session's; 0.0.0.0 is hold, port 0 is off."""
    assert goes_to_hosts(offer(*lines))


@pytest.mark.parametrize(
    "address",
    [
        "IN IP4 224.0.0.1",
        "IN IP4 239.1.1.1/127/2",
        "IN IP4 255.255.255.255",
        "IN IP4 0.0.0.1",
        "IN IP4 sip.example.invalid",
        "IN IP4 127.1",
        "IN IP4 ::1",
        "IN IP6 ff02::1",
        "ATM NSAP 47.0091",
        "IN IP4",
        "",
    ],
)
def test_no_host_or_many(address: str) -> None:
    """In any stream, also where another is right."""
    assert not goes_to_hosts(offer(AUDIO, f"c={address}"))
    assert not goes_to_hosts(offer(AUDIO, "m=audio 4002 RTP/AVP 0", f"c={address}"))
    assert not goes_to_hosts(HEAD.replace("IN IP4 192.0.2.1\r\nt", f"{address}\r\nt") + AUDIO)


@pytest.mark.parametrize(
    ("contact", "address", "why"),
    [
        ("192.0.2.1", "192.0.2.1", None),
        ("phone.example", "192.0.2.1", "host names: phone.example"),
        ("192.0.2.1", "media.example", "host names: media.example"),
        ("192.0.2.1", "224.0.0.1", "to many"),
    ],
)
def test_what_portable_mode_cannot_take(contact: str, address: str, why: str | None) -> None:
    """A name in Contact or in the description, and an address of many; said with the name."""
    body = HEAD.replace("192.0.2.1", address) + AUDIO
    invite = f"INVITE sip:100@192.0.2.9 SIP/2.0\r\nContact: <sip:a@{contact}>\r\n\r\n{body}"
    told = astray(invite)
    assert told == why if why is None else why in str(told)
