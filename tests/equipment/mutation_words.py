"""What messages are spoiled with: words that have a meaning in SIP and SDP, and edges of it."""

from __future__ import annotations

NUMBERS = b"""
0 -1 00000000000000000001 1e9 127 128 255 256 65535 65536 2147483647 2147483648 4294967295 4294967296
9223372036854775808 18446744073709551616 99999999999999999999999999
""".split()

_MARKS = rb"""
" \" \ < > <> ; ;; , : :: @ @@ = =; ? ?a=b % %0 %00 %zz * [ ] [::1] [:: [::ffff:127.0.0.1] (c 127.0.0.1
192.0.2.9 0.0.0.0 255.255.255.255 224.0.0.1 sip: sips: sip:@ tel:+1 urn:x http://x sip:a@127.0.0.1
<sip:a@127.0.0.1;lr> ;lr ;maddr=127.0.0.1 ;ttl=1 ;received=127.0.0.9 ;rport=1 ;rport ;tag= ;tag=1 ;branch=
a.invalid sip:a@a.invalid <sip:a.invalid;lr> ;maddr=a.invalid
;branch=z9hG4bK ;transport=tcp ;transport=tls ;transport=ws ;transport=x ;method=BYE ;user=phone ;expires=0
;q=9 SIP/2.0 SIP/7.0 SIP/2.0/UDP
""".split()
_BYTES = [b"\0", b"\t", b"\r", b"\n", b"\r\n", b"\r\n ", b"\r\n\r\n", b"\x7f", b"\x80", b"\xff", b"\xc3\x28"]
_BYTES += ["\u2028".encode(), "\ufeff".encode()]
PIECES = [*_MARKS, *_BYTES]

METHODS = b"""
INVITE ACK BYE CANCEL OPTIONS UPDATE INFO PRACK REFER NOTIFY SUBSCRIBE MESSAGE PUBLISH REGISTER invite X
""".split()

HEADERS = b"""
Via From To Call-ID CSeq Contact Max-Forwards Content-Length Content-Type Route Record-Route Require
Supported Proxy-Require Allow Expires Session-Expires Min-SE RAck RSeq Refer-To Referred-By Replaces Event
Subscription-State Authorization Accept Retry-After Reason Warning Identity History-Info Diversion
P-Asserted-Identity Privacy v f t i m l c k r x o s e
""".split()

BODY_TYPES = b"""
application/sdp application/SDP;charset multipart/mixed;boundary=b multipart/mixed multipart/mixed;boundary=
application/dtmf-relay application/dtmf application/media_control+xml application/im-iscomposing+xml
message/sipfrag text/plain application/pidf+xml x / a/ /b
""".split()

BODIES = [
    b"--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n",
    b"--b--\r\n",
    b"--b\r\n\r\n--b\r\n",
    b"--b",
    b"--",
    b"\r\n--b\r\nContent-Length: 99\r\n\r\nx\r\n--b--",
    b"--b\r\n" * 30,
    b"Signal=9\r\nDuration=100\r\n",
    b"<a>" * 800,
    b"\r\n",
    b"\n\n\n",
    b"\0" * 50,
    b"v=0\r\n" * 300,
]

SDP_LINES = b"""\
v=1
v=
o=- 0 0 IN IP4 127.0.0.1
o=
s=
c=IN IP4 0.0.0.0
c=IN IP6 ::1
c=IN IP4 127.0.0.1/127/3
c=IN IP4 a.invalid
c=
t=0
t=
b=AS:0
b=RR:99999999999
m=audio 0 RTP/AVP 0
m=audio 9 RTP/SAVP 0
m=audio 9 RTP/AVP
m=audio 9/2 RTP/AVP 0
m=audio 65536 RTP/AVP 0
m=audio -9 RTP/AVP 0
m=audio 9 RTP/AVP 128
m=audio 9 RTP/AVP 96 97 98 99 100
m=video 9 RTP/AVP 96
m=image 9 udptl t38
m=text 9 RTP/AVP 98
m=application 9 TCP/MSRP *
m=
a=rtpmap:0
a=rtpmap:0 PCMU/0
a=rtpmap:101 telephone-event/8000/99999
a=rtpmap:96 RED/8000
a=rtpmap:65535 x/8000
a=rtpmap:-1 x/8000
a=fmtp:101
a=fmtp:101 0-16,999999999
a=fmtp:96 0/0/0/0/0/0/0/0/0
a=ptime:0
a=ptime:99999
a=ptime:
a=maxptime:1
a=sendonly
a=inactive
a=recvonly
a=sendrecv
a=rtcp:99999
a=rtcp:9 IN IP4 127.0.0.1
a=rtcp-mux
a=ssrc:1 cname:x
a=mid:0
a=group:BUNDLE 0 0
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA
a=crypto:1
a=candidate:1 1 UDP 1 127.0.0.1 9
a=ice-ufrag:x
a=setup:actpass
a=fingerprint:sha-1 00
a=
a=:
z=0 0
k=clear:x
""".splitlines()
