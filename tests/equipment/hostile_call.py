"""A call as its maker writes it, message by message, and answers made of what was heard: bytes, no I/O."""

from __future__ import annotations

import re
import secrets
import time

from tests.equipment.torture import SDP

BODIES = {
    "INVITE": ("application/sdp", SDP),
    "UPDATE": ("application/sdp", SDP),
    "INFO": ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"),
    "MESSAGE": ("text/plain", "hello"),
    "NOTIFY": ("message/sipfrag", "SIP/2.0 200 OK\r\n"),
}
EXTRA = {
    "INVITE": "Supported: timer, 100rel, replaces\r\nSession-Expires: 1800;refresher=uac\r\nMin-SE: 90\r\n"
    "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, PRACK, REFER, NOTIFY\r\n",
    "PRACK": "RAck: 1 1 INVITE\r\n",
    "REFER": "Refer-To: <sip:elsewhere@127.0.0.1>\r\nReferred-By: <sip:caller@127.0.0.1>\r\n",
    "NOTIFY": "Event: refer\r\nSubscription-State: active;expires=60\r\n",
    "SUBSCRIBE": "Event: presence\r\nExpires: 60\r\n",
    "REGISTER": "Expires: 60\r\n"
    'Authorization: Digest username="a", realm="b", nonce="c", uri="sip:d", response="e"\r\n',
}


class HostileCall:
    """One dialog, as far as it has come."""

    def __init__(self, number: str, local: tuple[str, int], transport: str) -> None:
        self.call_id = secrets.token_hex(8)
        self.began = time.monotonic()
        self.words = 0
        self.remote_tag = ""
        self._uri = f"sip:{number}@127.0.0.1"
        self._to = f"<{self._uri}>"
        self._tag = secrets.token_hex(4)
        self._local, self._transport = local, transport
        self._cseq = 0

    def answered(self, response: bytes) -> None:
        """Learn from the 200 whom it reached."""
        self.remote_tag = parameter(header(response, "To"), "tag")
        contact = re.search(r"<([^>]+)>", header(response, "Contact"))
        self._uri = contact[1] if contact else self._uri

    def request(self, method: str) -> bytes:
        """Make the next request, or an ACK or CANCEL of the last."""
        if method not in {"ACK", "CANCEL"}:
            self._cseq += 1
        host, port = self._local
        contact_tail = ";transport=tcp" if self._transport == "TCP" else ""
        kind, body = BODIES.get(method, ("", ""))
        to = self._to + (f";tag={self.remote_tag}" if self.remote_tag else "")
        text = (
            f"{method} {self._uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self._transport} {host}:{port};rport;branch=z9hG4bK{secrets.token_hex(6)}\r\n"
            f'Max-Forwards: 70\r\nFrom: "A caller" <sip:caller@{host}>;tag={self._tag}\r\nTo: {to}\r\n'
            f"Call-ID: {self.call_id}\r\nCSeq: {self._cseq} {method}\r\nUser-Agent: hostile\r\n"
            f"Contact: <sip:caller@{host}:{port}{contact_tail}>\r\n{EXTRA.get(method, '')}"
        )
        if kind:
            text += f"Content-Type: {kind}\r\n"
        return f"{text}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def status_of(message: bytes) -> int | None:
    """Return a response's status; None for a request."""
    found = re.match(rb"SIP/2\.0 (\d{3})", message)
    return int(found[1]) if found else None


def header(message: bytes, name: str) -> str:
    """Return a header's first value, or nothing."""
    found = re.search(rf"(?im)^{name}[ \t]*:[ \t]*(.*?)\r?$".encode(), message.partition(b"\r\n\r\n")[0])
    return found[1].decode("utf-8", "replace") if found else ""


def parameter(value: str, name: str) -> str:
    """Return a parameter's value, or nothing."""
    found = re.search(rf";\s*{name}=([^;,\s]*)", value)
    return found[1] if found else ""


def acknowledging(response: bytes) -> bytes:
    """Make the ACK of a final response out of it."""
    return _within(response, "ACK")


def hanging_up(response: bytes) -> bytes:
    """Make the BYE of a call that a response set up."""
    return _within(response, "BYE")


def reply(request: bytes, status: int) -> bytes:
    """Make a response out of a request."""
    same = "".join(
        f"{name}: {header(request, name)}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq")
    )
    body = SDP if status in {183, 200} and request.startswith(b"INVITE") else ""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    contact = "Contact: <sip:elsewhere@127.0.0.1:9>\r\n"
    return f"SIP/2.0 {status} So\r\n{same}{contact}{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def _within(response: bytes, method: str) -> bytes:
    ok = status_of(response) == 200
    contact = re.search(r"<([^>]+)>", header(response, "Contact")) if ok else None
    uri = contact[1] if contact else "sip:100@127.0.0.1"
    number = int(re.match(r"\d*", header(response, "CSeq"))[0] or 0)  # type: ignore[index] # matches anything
    via = header(response, "Via")
    if ok:  # a transaction of its own
        via = re.sub(r"branch=[^;\s]*", f"branch=z9hG4bK{secrets.token_hex(6)}", via)
    same = "".join(f"{name}: {header(response, name)}\r\n" for name in ("From", "To", "Call-ID"))
    cseq = f"CSeq: {number + (method == 'BYE')} {method}\r\n"
    text = (
        f"{method} {uri} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\n{same}{cseq}Content-Length: 0\r\n\r\n"
    )
    return text.encode("utf-8", "replace")
