"""Calls as their SIP messages on the wire tell them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.loadtest.packets import Packets

_CALL_ID = re.compile(rb"^(?:Call-ID|i)\s*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_CSEQ = re.compile(rb"^CSeq\s*:\s*(\d+)\s+(\w+)", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(rb"^(?:From|f)\s*:.*?sips?:(?:sipp-(\d+))?", re.IGNORECASE | re.MULTILINE)
_LATER = re.compile(rb"^Retry-After\s*:", re.IGNORECASE | re.MULTILINE)
_AUDIO = re.compile(rb"^m=audio (\d+)", re.MULTILINE)


@dataclass(eq=False)
class CapturedCall:
    """One call. Times in ns of CLOCK_MONOTONIC, 0 for what never came."""

    sip_call_id: str
    number: int = 0
    """The caller's number in SIPp's count, from 1; 0 if it is not one of SIPp's."""
    invited: int = 0
    ringing: int = 0
    answered: int = 0
    ended: int = 0
    """The first BYE of either side."""
    status: int = 0
    """Final answer to the INVITE."""
    refused: int = 0
    """503 with Retry-After: another gateway is to be tried."""
    caller_port: int = 0
    """RTP."""
    gateway_port: int = 0
    repeated: int = 0
    """Messages that were sent again: the answer did not come in time (RFC 3261 17)."""
    _seen: set[tuple[int, bytes, bytes]] = field(default_factory=set)

    def setup_ms(self) -> float | None:
        """INVITE to 200."""
        return (self.answered - self.invited) / 1e6 if self.answered else None

    def refused_ms(self) -> float | None:
        """INVITE to the 503 that sends it elsewhere."""
        return (self.refused - self.invited) / 1e6 if self.refused else None

    def ringing_ms(self) -> float | None:
        """INVITE to 180."""
        return (self.ringing - self.invited) / 1e6 if self.ringing else None


def calls(packets: Packets) -> list[CapturedCall]:
    """Read the calls out of SIP packets (all others must have been left out), in order of their INVITEs."""
    found: dict[str, CapturedCall] = {}
    rows = zip(packets.at.tolist(), packets.source.tolist(), packets.payloads(), strict=True)
    for at, source, message in rows:
        _read(found, at, source, message)
    return [call for call in found.values() if call.invited]


def _read(found: dict[str, CapturedCall], at: int, source: int, message: bytes) -> None:
    head, _, body = message.partition(b"\r\n\r\n")
    call_id, cseq = _CALL_ID.search(head), _CSEQ.search(head)
    if call_id is None or cseq is None:
        return
    name = call_id[1].decode("utf-8", "replace")
    call = found.setdefault(name, CapturedCall(name))
    start, method = head.partition(b"\r\n")[0], cseq[2]
    if (key := (source, start, cseq[1])) in call._seen:  # noqa: SLF001 - ours
        call.repeated += method != b"ACK"
        return
    call._seen.add(key)  # noqa: SLF001
    audio = _AUDIO.search(body)
    port = int(audio[1]) if audio else 0
    if not start.startswith(b"SIP/2.0 "):
        _request(call, at, method, head, port)
    elif method == b"INVITE":
        _response(call, at, int(start[8:11]), port)
        if call.status == 503 and not call.refused and _LATER.search(head):
            call.refused = at


def _request(call: CapturedCall, at: int, method: bytes, head: bytes, port: int) -> None:
    if method == b"INVITE" and not call.invited:
        call.invited, call.caller_port = at, port
        caller = _FROM.search(head)
        call.number = int(caller[1] or 0) if caller else 0
    elif method == b"BYE":
        call.ended = call.ended or at


def _response(call: CapturedCall, at: int, status: int, port: int) -> None:
    if status in (180, 183):
        call.ringing = call.ringing or at
    elif status >= 200 and not call.status:
        call.status = status
        if status < 300:
            call.answered, call.gateway_port = at, port


def up_at_once(found: Iterable[CapturedCall]) -> tuple[int, int]:
    """The time from which all calls were up, until the first of them ended; 0, 0 if they never were."""
    up = [call for call in found if call.answered]
    start = max((call.answered for call in up), default=0)
    end = min((call.ended for call in up if call.ended), default=0)
    return (start, end) if start < end else (0, 0)
