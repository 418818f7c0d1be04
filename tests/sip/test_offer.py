"""An offer is read for what we speak: G.711, whatever its number, in any audio stream."""

import pytest

from gateway.sip.offer import speaks_our_codec

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
    ],
)
def test_something_in_common(lines: list[str]) -> None:
    """Static numbers need no name, dynamic ones have it in rtpmap, in small letters or capitals."""
    assert speaks_our_codec(offer(*lines))


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
    ],
)
def test_nothing_in_common(lines: list[str]) -> None:
    """Another codec, another rate, another stream's number, a fax, or no stream at all."""
    assert not speaks_our_codec(offer(*lines))
