"""Messages after RFC 5118: addresses of IPv6 wherever SIP has addresses, written right, wrong and doubtfully.

Written from its descriptions; each is told apart by the name the RFC gives it. Whoever answers goes by
where a message came from: of the addresses in them (RFC 3849) only the port of the topmost Via counts.
"""

from __future__ import annotations

from tests.equipment import torture

_SDP = (
    "v=0\r\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\r\ns=-\r\nc=IN IP6 2001:db8::20\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\n"
)
_SDP_OF_BOTH = (
    "v=0\r\no=bob 280744730 28977631 IN IP4 host.example.com\r\ns=-\r\nt=0 0\r\n"
    "m=audio 22334 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\nm=audio 6024 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n"
)
_SDP_MAPPED = (
    "v=0\r\no=assistant 97173 0 IN IP6 ::ffff:192.0.2.2\r\ns=-\r\nc=IN IP6 ::ffff:192.0.2.2\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\n"
)


def _request(
    method: str, uri: str, body: str = "", *, via: str = "[2001:db8::9:1]", more: str = "", after: str = ""
) -> str:
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {via}:{{own}};branch=z9hG4bK{{n}}{after}\r\n{more}"
        f"Max-Forwards: 70\r\nFrom: <sip:user@[2001:db8::9:1]>;tag={{n}}\r\n"
        f"To: <sip:{{number}}@[2001:db8::10]>\r\nCall-ID: {{n}}@[2001:db8::9:1]\r\n"
        f'CSeq: 8612 {method}\r\nContact: "Caller" <sip:caller@[2001:db8::1]>\r\n'
        f"{kind}Content-Length: {{length}}\r\n\r\n{body}"
    )


_URI = "sip:{number}@[2001:db8::10]"
CASES: dict[str, str] = {
    "ipv6-good": _request("REGISTER", "sip:[2001:db8::10]"),
    "ipv6-bad": _request("REGISTER", "sip:2001:db8::10"),
    "port-ambiguous": _request("REGISTER", "sip:[2001:db8::10:5070]"),
    "port-unambiguous": _request("REGISTER", "sip:[2001:db8::10]:5070"),
    "via-received-param-with-delim": _request("BYE", _URI, after=";received=[2001:db8::9:255]"),
    "via-received-param-no-delim": _request("BYE", _URI, after=";received=2001:db8::9:255"),
    "ipv6-in-sdp": _request("INVITE", _URI, _SDP),
    "mult-ip-in-header": _request(
        "BYE",
        _URI,
        more="Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKkdjuw;received=192.0.2.99\r\n"
        "Via: SIP/2.0/TCP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111\r\n",
    ),
    "mult-ip-in-sdp": _request("INVITE", _URI, _SDP_OF_BOTH),
    "ipv4-mapped-ipv6": _request("INVITE", _URI, _SDP_MAPPED, via="[::ffff:192.0.2.10]"),
    "ipv6-bug-abnf-3-colons": _request(
        "OPTIONS", "sip:{number}@[2001:db8:::192.0.2.1]", via="[2001:db8:::192.0.2.1]"
    ),
}

STATUSES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("ipv6-good", "port-ambiguous", "port-unambiguous"), (405,)),
    "ipv6-bad": (400,),
    **dict.fromkeys(
        ("via-received-param-with-delim", "via-received-param-no-delim", "mult-ip-in-header"), (481,)
    ),
    "ipv6-in-sdp": (torture.PLAN,),
    "mult-ip-in-sdp": (torture.PLAN,),
    # RTP cannot go there from a socket of IPv6 alone, nor should it by a detour.
    "ipv4-mapped-ipv6": (488,),
    "ipv6-bug-abnf-3-colons": (200,),
}
"""What each may be answered with by one who takes audio over IPv6 as well."""


def case(name: str, *, number: str, own: int, n: int, transport: str) -> bytes:
    """Return one message; see `torture.case`."""
    template = CASES[name].replace("SIP/2.0/UDP", f"SIP/2.0/{transport}", 1)
    return torture.filled(template, number=number, own=own, n=n, transport=transport, host="127.0.0.1")
