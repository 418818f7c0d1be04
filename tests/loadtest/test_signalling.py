"""Calls are read from their messages."""

from __future__ import annotations

from gateway.loadtest import signalling
from tests.loadtest.made import MS, SECOND, packets

GATEWAY, CALLER = 5060, 7000


def _message(start: str, cseq: str, call_id: str = "1-a", sdp: str = "", caller: str = "sipp-7") -> bytes:
    lines = [start, f"From: <sip:{caller}@127.0.0.1>;tag=x", f"Call-ID: {call_id}", f"CSeq: {cseq}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + sdp).encode()


def _call(call_id: str = "1-a", at: int = SECOND) -> list[tuple[int, int, int, bytes]]:
    invite = _message(
        "INVITE sip:100@127.0.0.1 SIP/2.0", "1 INVITE", call_id, "v=0\r\nm=audio 9000 RTP/AVP 0\r\n"
    )
    ok = _message("SIP/2.0 200 OK", "1 INVITE", call_id, "v=0\r\nm=audio 12000 RTP/AVP 0\r\n")
    rows = [
        (0, CALLER, GATEWAY, invite),
        (1 * MS, GATEWAY, CALLER, _message("SIP/2.0 100 Trying", "1 INVITE", call_id)),
        (9 * MS, GATEWAY, CALLER, _message("SIP/2.0 180 Ringing", "1 INVITE", call_id)),
        (20 * MS, GATEWAY, CALLER, ok),
        (21 * MS, CALLER, GATEWAY, _message("ACK sip:x SIP/2.0", "1 ACK", call_id)),
        (5 * SECOND, CALLER, GATEWAY, _message("BYE sip:x SIP/2.0", "2 BYE", call_id)),
        (5 * SECOND + MS, GATEWAY, CALLER, _message("SIP/2.0 200 OK", "2 BYE", call_id)),
    ]
    return [(at + time, *rest) for time, *rest in rows]  # type: ignore[misc]


def test_a_call() -> None:
    """Its times, its ports and whose call it is."""
    (call,) = signalling.calls(packets(_call()))
    assert (call.number, call.status, call.repeated) == (7, 200, 0)
    assert (call.caller_port, call.gateway_port) == (9000, 12000)
    assert (call.ringing_ms(), call.setup_ms()) == (9.0, 20.0)
    assert call.ended == 6 * SECOND


def test_messages_sent_again_are_counted_once() -> None:
    """A second INVITE or 200 changes no time; an ACK belongs to its 200."""
    rows = _call()
    again = [(time + 500 * MS, *rest) for time, *rest in (rows[0], rows[3], rows[4])]
    (call,) = signalling.calls(packets(rows + again))  # type: ignore[operator]
    assert (call.repeated, call.setup_ms()) == (2, 20.0)


def test_a_refused_call_and_strangers() -> None:
    """A final answer that is no 200; another caller's name; what is no SIP."""
    rows = [
        (1, CALLER, GATEWAY, _message("INVITE sip:1@h SIP/2.0", "1 INVITE", caller="bob")),
        (MS, GATEWAY, CALLER, _message("SIP/2.0 486 Busy Here", "1 INVITE")),
        (2 * MS, CALLER, GATEWAY, b"\r\n\r\n"),
        (2 * MS, CALLER, GATEWAY, _message("OPTIONS sip:h SIP/2.0", "1 OPTIONS", "other")),
    ]
    (call,) = signalling.calls(packets(rows))
    assert (call.number, call.status, call.setup_ms(), call.refused_ms()) == (0, 486, None, None)


def test_a_call_that_is_sent_elsewhere() -> None:
    """503 with Retry-After; without it a call has failed."""
    full = "SIP/2.0 503 Service Unavailable"
    for start, ms in ((f"{full}\r\nRetry-After: 5", 3.0), (full, None)):
        rows = [
            (SECOND, CALLER, GATEWAY, _message("INVITE sip:1@h SIP/2.0", "1 INVITE")),
            (SECOND + 3 * MS, GATEWAY, CALLER, _message(start, "1 INVITE")),
        ]
        (call,) = signalling.calls(packets(rows))
        assert (call.status, call.answered, call.refused_ms()) == (503, 0, ms)


def test_when_all_are_up() -> None:
    """From the last answer to the first end."""
    found = signalling.calls(packets(_call("a") + _call("b", 2 * SECOND)))
    assert signalling.up_at_once(found) == (2 * SECOND + 20 * MS, 6 * SECOND)
    apart = signalling.calls(packets(_call("a") + _call("b", 20 * SECOND)))
    assert signalling.up_at_once(apart) == (0, 0)
