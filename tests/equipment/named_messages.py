"""SIP messages with a host name in every place where a host can stand, a name of its own in each.

`silent-7.example` stands in one message only: who looks it up can be told.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_sip import Message, Sdp

INSIDE = ("INVITE", "UPDATE", "PRACK", "INFO", "REFER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "OPTIONS", "ACK")
"""Methods within a call; BYE would end it."""
METHODS = (*INSIDE, "CANCEL", "BYE", "REGISTER", "PUBLISH", "WHATEVER")
"""Outside of calls."""

HEADERS = (
    ("Via", "SIP/2.0/UDP {name}:{port};rport;branch={branch}"),
    ("Via", "SIP/2.0/UDP 127.0.0.1:{port};rport;maddr={name};branch={branch}"),
    ("Via", "SIP/2.0/UDP 127.0.0.1:{port};received={name};branch={branch}"),
    ("Via", "SIP/2.0/UDP {name}:{port};branch={branch}"),
    ("From", "<sip:phone@{name}>;tag={branch}"),
    ("To", "<sip:600@{name}>"),
    ("Call-ID", "{branch}@{name}"),
    ("Route", "<sip:{name};lr>"),
    ("Record-Route", "<sip:{name};lr>"),
    ("Record-Route", "<sip:127.0.0.1:{port};maddr={name};lr>"),
    ("Contact", "<sip:phone@{name}>"),
    ("Contact", "<sip:phone@{name}:{port};transport=tcp>"),
    ("Contact", "<sip:phone@127.0.0.1:{port};maddr={name}>"),
    ("Path", "<sip:{name};lr>"),
    ("Reply-To", "<sip:phone@{name}>"),
    ("Refer-To", "<sip:desk@{name}>"),
    ("Referred-By", "<sip:phone@{name}>"),
    ("P-Asserted-Identity", "<sip:phone@{name}>"),
    ("Diversion", "<sip:desk@{name}>;reason=unconditional"),
    ("History-Info", "<sip:desk@{name}>;index=1"),
    ("Call-Info", "<http://{name}/picture.png>;purpose=icon"),
    ("Alert-Info", "<http://{name}/ring.wav>"),
    ("Warning", '301 {name} "odd"'),
    ("Identity", "aa.bb.cc;info=<https://{name}/cert.pem>;alg=ES256"),
)
"""Where a name can stand; what is there of the same header goes."""

DESCRIPTIONS = (
    ("o=phone 1 1 IN IP4 127.0.0.1", "o=phone 1 1 IN IP4 {name}"),
    ("c=IN IP4 127.0.0.1", "c=IN IP4 {name}"),
    ("c=IN IP4 127.0.0.1", "c=IN IP6 {name}"),
    ("a=ptime:20", "a=ptime:20\r\na=rtcp:4001 IN IP4 {name}"),
    ("a=ptime:20", "a=ptime:20\r\nm=audio 4002 RTP/AVP 0\r\nc=IN IP4 {name}"),
    ("a=ptime:20", "a=ptime:20\r\nm=audio 0 RTP/AVP 0\r\nc=IN IP4 {name}"),
    ("a=ptime:20", "a=ptime:20\r\nm=video 0 RTP/AVP 31\r\nc=IN IP4 {name}"),
    ("a=ptime:20", "a=ptime:20\r\na=candidate:1 1 UDP 1 {name} 4000 typ host"),
    ("t=0 0", "u=http://{name}/\r\nt=0 0"),
)
"""Lines of a session description, and what takes their place."""

_numbers = itertools.count(1)


def new_name() -> str:
    """Make a name that nobody knows."""
    return f"silent-{next(_numbers)}.example"


def outside(phone: Phone) -> Iterator[Message]:
    """Make every method with a name in every place, to a number that is refused: 500 messages."""
    for method in METHODS:
        yield from _everywhere(lambda method=method: phone.request(method, number="600"), ("127.0.0.1", 4000))


def inside(call: Call) -> Iterator[Message]:
    """Make every method with a name in every place within a call, which goes on: 340 messages.

    Descriptions without a name that counts may be taken; they say where the call's audio is.
    """
    for method in INSIDE:
        yield from _everywhere(lambda method=method: call.make(method), call.media.local)


def _everywhere(make: Callable[[], Message], media: tuple[str, int]) -> Iterator[Message]:
    for header, value in HEADERS:
        yield _with_header(make(), header, value)
    plain = make()
    uri = plain.start.split(" ")[1]
    yield replace(plain, start=plain.start.replace(uri, f"sip:600@{new_name()}"))
    host, port = media
    sdp = Sdp(host, port).write().decode()
    for line, named in DESCRIPTIONS:
        there, spoiled = (text.replace("127.0.0.1", host) for text in (line, named))
        yield _with_body(make(), "application/sdp", sdp.replace(there, spoiled.format(name=new_name())))
    part = sdp.replace(host, new_name())
    parts = f"--x\r\nContent-Type: application/sdp\r\n\r\n{part}\r\n--x--\r\n"
    yield _with_body(make(), "multipart/mixed;boundary=x", parts)


def _with_header(message: Message, header: str, value: str) -> Message:
    port = message.header("Via").partition(";")[0].rpartition(":")[2]
    said = (header, value.format(name=new_name(), port=port, branch=message.branch))
    kept = [(name, text) for name, text in message.headers if name != header]
    return replace(message, headers=[said, *kept] if header == "Via" else [*kept, said])


def _with_body(message: Message, content_type: str, body: str) -> Message:
    return replace(message, headers=[*message.headers, ("Content-Type", content_type)], body=body.encode())
