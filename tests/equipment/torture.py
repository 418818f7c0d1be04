"""Messages after RFC 4475: right ones that look wrong, and wrong ones that look right, section by section.

Written from its descriptions; each is told apart by the name the RFC gives it. The addresses are loopback's.
"""

from __future__ import annotations

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0 8\r\n"

_PLAIN = {
    "Via": "SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{n}",
    "Max-Forwards": "70",
    "From": "<sip:caller@127.0.0.1>;tag={n}",
    "To": "<sip:{number}@127.0.0.1>",
    "Call-ID": "{n}.torture",
    "CSeq": "1 {method}",
    "Contact": "<sip:caller@127.0.0.1:{own}>",
    "Content-Length": "{length}",
}
_URI = "sip:{number}@127.0.0.1"


def _message(start: str, changed: dict[str, str | None] | None = None, body: str = "") -> str:
    """Make a message of the plain headers, with some changed, added, or (None) left out."""
    headers = {name: value for name, value in (_PLAIN | (changed or {})).items() if value is not None}
    if body == SDP:
        headers.setdefault("Content-Type", "application/sdp")
    lines = [start, *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", body])


def _request(
    method: str, changed: dict[str, str | None] | None = None, body: str = "", *, uri: str = _URI
) -> str:
    cseq: dict[str, str | None] = {"CSeq": f"1 {method}"}
    return _message(f"{method} {uri} SIP/2.0", cseq | (changed or {}), body)


def _response(status: str, changed: dict[str, str | None] | None = None) -> str:
    return _message(f"SIP/2.0 {status}", {"CSeq": "1 INVITE", "Contact": None} | (changed or {}))


_HARD_TO_READ = (
    "INVITE sip:{number};unknownparam@127.0.0.1;transport=udp SIP/2.0\r\n"
    "TO :\r\n sip:{number}@127.0.0.1 ;   tag    = 19{n}n\r\n"
    'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@127.0.0.1>\r\n  ;\r\n  tag = 98{n}\r\n'
    "MaX-fOrWaRdS: 0068\r\nCall-ID: {n}.wsinv\r\nContent-Length   : {length}\r\n"
    "cseq: 0009\r\n  INVITE\r\n"
    "Via  : SIP  /   2.0\r\n /UDP\r\n    127.0.0.1:{own};branch=z9hG4bK{n}\r\ns :\r\n"
    "NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
    "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\n"
    "Route:\r\n <sip:127.0.0.1;lr;unknownwith=value;unknown-no-value>\r\n"
    "v:  SIP  / 2.0  / TCP     127.0.0.1   ;\r\n  branch  =   z9hG4bK30239\r\n"
    'm:"Quoted string \\"\\"" <sip:caller@127.0.0.1> ; newparam =\r\n      newvalue ;\r\n'
    "  secondparam ; q = 0.33\r\n\r\n"
) + SDP

_MULTIPART = (
    "--7a9cbec02ceef655\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nHello\r\n"
    "--7a9cbec02ceef655\r\nContent-Type: application/octet-stream\r\n\r\n\x00\x01\x7f\r\n"
    "--7a9cbec02ceef655--\r\n"
)

CASES: dict[str, str] = {
    # 3.1.1: right
    "wsinv": _HARD_TO_READ,
    "intmeth": _request(
        "!interesting-Method0123456789_*+`.%indeed'~",
        {
            "To": '"BEL:\x07 NUL:\x01 DEL:\x7f" '
            "<sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@127.0.0.1>",
            "From": "token1~` token2'+_ token3*%!.- <sip:mundane@127.0.0.1>"
            ";fromParam''~+*_!.-%=\"r\";tag={n}-~%*'`",
            "Call-ID": "intmeth.{n}%ZK-!.*_+'@word`~)(><:\\/\"][?}}{{",
            "extensionHeader-!.%*+_`'~": "\u5927\u505c\u96fb",
        },
        uri="sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
        ":&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@127.0.0.1",
    ),
    "esc01": _request(
        "INVITE",
        {
            "From": "<sip:I%20have%20spaces@127.0.0.1>;tag={n}",
            "Contact": "<sip:c%61ller@127.0.0.1:{own};%6C%72;n=v%41>",
        },
        SDP,
        uri="sip:sips%3A{number}%40example.com@127.0.0.1",
    ),
    "escnull": _request(
        "REGISTER", {"To": "sip:null-%00-null@127.0.0.1", "Contact": "<sip:%00%00@127.0.0.1>"}
    ),
    "esc02": _request("RE%47IST%45R", {"Contact": '"a%41" <sip:caller@127.0.0.1?Route=%3Csip:x.example%3E>'}),
    "lwsdisp": _request("OPTIONS", {"From": "caller<sip:caller@127.0.0.1>;tag={n}"}),
    "longreq": _request(
        "INVITE",
        {
            "From": f"sip:{'amazinglylongcallername' * 5}@127.0.0.1;tag=12{'9' * 300};unknown{'x' * 300}",
            "Call-ID": "longreq.one" + "really" * 20 + "longcallid{n}",
            "Unknown-" + "Long" * 20 + "-Name": "unknown-" + "long" * 50 + "-value; with=params" + "x" * 200,
            "Via ": "SIP/2.0/TCP sip33.example.com",
            **{f"v{' ' * n}": f"SIP/2.0/TCP sip{n}.example.com;received=127.0.0.{n}" for n in range(1, 34)},
        },
        SDP,
    ),
    "dblreq": _request("REGISTER") + _request("INVITE", {"Call-ID": "{n}.second"}, SDP),
    "semiuri": _request("OPTIONS", uri="sip:user;par=u%40example.net@127.0.0.1"),
    "transports": _request(
        "OPTIONS",
        {
            "Via ": "SIP/2.0/SCTP s2.example.com;branch=z9hG4bKonearg",
            "Via  ": "SIP/2.0/TLS s3.example.com;branch=z9hG4bKspaces",
            "Via   ": "SIP/2.0/UNKNOWN s4.example.com;branch=z9hG4bKunknown",
        },
    ),
    "mpart01": _request("MESSAGE", {"Content-Type": "multipart/mixed;boundary=7a9cbec02ceef655"}, _MULTIPART),
    "unreason": _response(
        "200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e \u2013 \u043f\u0440\u043e\u0441\u0442\u043e"
    ),
    "noreason": _response("100 "),
    # 3.1.2: wrong
    "badinv01": _request(
        "INVITE",
        {"Via": "SIP/2.0/UDP 127.0.0.1:{own};;,;,,", "Contact": '"Joe" <sip:joe@127.0.0.1>;;;;'},
        SDP,
    ),
    "clerr": _request("INVITE", {"Content-Length": "9999"}, SDP),
    "ncl": _request("INVITE", {"Content-Length": "-999"}, SDP),
    "scalar02": _request(
        "REGISTER",
        {
            "CSeq": "36893488147419103232 REGISTER",
            "Max-Forwards": "300",
            "Expires": "1" + "0" * 90,
            "Contact": "<sip:caller@127.0.0.1>;expires=280297596632815",
        },
    ),
    "scalarlg": _response(
        "503 Service Unavailable",
        {"CSeq": "9292394834772304023312 OPTIONS", "Retry-After": "949302838503028349304023988"},
    ),
    "quotbal": _request("INVITE", {"To": '"Mr. J. User <sip:{number}@127.0.0.1>'}, SDP),
    "ltgtruri": _request("INVITE", None, SDP, uri="<sip:{number}@127.0.0.1>"),
    "lwsruri": _request("INVITE", None, SDP, uri="sip:{number}@127.0.0.1; lr"),
    "lwsstart": _message("INVITE  sip:{number}@127.0.0.1  SIP/2.0", {"CSeq": "1 INVITE"}, SDP),
    "trws": _message("OPTIONS sip:{number}@127.0.0.1 SIP/2.0  ", {"CSeq": "1 OPTIONS"}),
    "escruri": _request("INVITE", None, SDP, uri="sip:{number}@127.0.0.1?Route=%3Csip:example.com%3E"),
    "baddate": _request("INVITE", {"Date": "Fri, 01 Jan 2010 16:00:00 EST"}, SDP),
    "regbadct": _request("REGISTER", {"Contact": "sip:caller@127.0.0.1?Route=%3Csip:sip.example.com%3E"}),
    "badaspec": _request("OPTIONS", {"To": '"Watson, Thomas" < sip:{number}@127.0.0.1 >'}),
    "baddn": _request("OPTIONS", {"From": "Bell, Alexander <sip:a.g.bell@127.0.0.1>;tag={n}"}),
    "badvers": _message(
        "OPTIONS sip:{number}@127.0.0.1 SIP/7.0",
        {"CSeq": "1 OPTIONS", "Via": "SIP/7.0/UDP 127.0.0.1:{own};branch=z9hG4bK{n}"},
    ),
    "mismatch01": _request("OPTIONS", {"CSeq": "8 INVITE"}),
    "mismatch02": _request("NEWMETHOD", {"CSeq": "8 INVITE"}, SDP),
    "bigcode": _response("4294967301 better not break the receiver"),
    # 3.2: at a transaction's edge
    "badbranch": _request("OPTIONS", {"Via": "SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK"}),
    # 3.3: at the application
    "insuf": _message(
        "INVITE sip:{number}@127.0.0.1 SIP/2.0",
        {"CSeq": "1 INVITE", "Call-ID": None, "From": None, "To": None},
        SDP,
    ),
    "unkscm": _request("OPTIONS", uri="nobodyKnowsThisScheme:totallyopaquecontent"),
    "novelsc": _request("OPTIONS", uri="soap.beep://192.0.2.103:3002"),
    "unksm2": _request(
        "REGISTER",
        {
            "To": "isbn:2983792873",
            "From": "<http://www.example.com>;tag={n}",
            "Contact": "<name:John_Smith>",
        },
    ),
    "bext01": _request(
        "OPTIONS",
        {
            "Require": "nothingSupportsThis, nothingSupportsThisEither",
            "Proxy-Require": "noProxiesSupportThis",
        },
    ),
    "invut": _request("INVITE", {"Content-Type": "application/unknownformat"}, "<audio><pcmu/></audio>\r\n"),
    "regaut01": _request("REGISTER", {"Authorization": "NoOneKnowsThisScheme opaque-data=here"}),
    "multi01": _request(
        "INVITE",
        {
            "CSeq ": "59 INVITE",
            "Call-ID ": "{n}.two",
            "To ": "<sip:other@127.0.0.1>",
            "From ": "<sip:two@127.0.0.1>;tag=2",
            "Max-Forwards ": "5",
        },
        SDP,
    ),
    "mcl01": _request("OPTIONS", {"Content-Length ": "5"}),
    "bcast": _response(
        "200 OK",
        {
            "Via": "SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923",
            "Via ": "SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23",
        },
    ),
    "zeromf": _request("OPTIONS", {"Max-Forwards": "0"}),
    "cparam01": _request("REGISTER", {"Contact": "sip:+19725552222@127.0.0.1;unknownparam"}),
    "cparam02": _request("REGISTER", {"Contact": "<sip:+19725552222@127.0.0.1;unknownparam>"}),
    "regescrt": _request("REGISTER", {"Contact": "<sip:caller@127.0.0.1?Route=%3Csip:sip.example.com%3E>"}),
    "sdp01": _request("INVITE", {"Accept": "text/nobodyKnowsThis"}, SDP),
    # 3.4: from before RFC 3261
    "inv2543": (
        "INVITE sip:{number}@127.0.0.1 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:{own}\r\nFrom: <sip:caller@127.0.0.1>\r\n"
        "Record-Route: <sip:{number}@127.0.0.1;maddr=127.0.0.1>\r\nTo: sip:{number}@127.0.0.1\r\n"
        "Call-ID: {n}.inv2543\r\nCSeq: 1 INVITE\r\nContact: <sip:caller@127.0.0.1:{own}>\r\n"
        "Content-Type: application/sdp\r\n\r\n" + SDP
    ),
}


PLAN = 603
"""Said by the plan of the number that is rung: the request was understood whole."""

STATUSES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("longreq", "inv2543"), (PLAN,)),
    "wsinv": (481,),  # its To has a tag, and is of no call
    "esc01": (404, PLAN),  # the user is sips:NUMBER@example.com: a plan may read a number in it
    **dict.fromkeys(("intmeth", "esc02"), (501,)),
    **dict.fromkeys(("lwsdisp", "semiuri", "transports", "badbranch"), (200,)),
    **dict.fromkeys(("escnull", "dblreq", "mpart01", "cparam01", "cparam02", "regescrt"), (405,)),
    **dict.fromkeys(("unreason", "noreason", "scalarlg", "bigcode", "bcast"), (0,)),
    **dict.fromkeys(
        ("badinv01", "clerr", "ncl", "scalar02", "quotbal", "ltgtruri", "lwsruri", "mismatch01", "insuf"),
        (400,),
    ),
    **dict.fromkeys(("multi01", "mcl01"), (400,)),
    # Either is right by the RFC: to refuse, or to read over what is wrong.
    **dict.fromkeys(("lwsstart", "escruri", "baddate"), (400, PLAN)),
    **dict.fromkeys(("trws", "badaspec", "baddn"), (400, 200)),
    **dict.fromkeys(("regbadct", "unksm2", "regaut01"), (400, 405)),
    "mismatch02": (400, 501),
    "zeromf": (200, 483),
    "badvers": (505,),
    **dict.fromkeys(("unkscm", "novelsc"), (416,)),
    "bext01": (420,),
    "invut": (415,),
    "sdp01": (406,),
}
"""What each may be answered with over datagrams; 0: nothing."""

OVER_STREAMS: dict[str, tuple[int, ...]] = {"clerr": (0,), "inv2543": (400,)}
"""What differs where the rest of a body may still come, and a length has to be said."""


def case(
    name: str, *, number: str, own: int, n: int, transport: str = "UDP", host: str = "127.0.0.1"
) -> bytes:
    """Return one message: `number` is rung, `own` the port to answer to, `n` makes it unlike all others."""
    return filled(CASES[name], number=number, own=own, n=n, transport=transport, host=host)


def filled(template: str, *, number: str, own: int, n: int, transport: str, host: str) -> bytes:
    """Return a message of a template; `host` and `transport` are its sender's."""
    length = len(template.partition("\r\n\r\n")[2].encode())
    here = f"[{host}]" if ":" in host else host
    sent = template.replace("/UDP 127.0.0.1:", f"/{transport} {here}:").replace(
        "/UDP\r\n    127.0.0.1:", f"/{transport}\r\n    {here}:"
    )
    return sent.format(number=number, own=own, n=n, length=length, method="").encode()
