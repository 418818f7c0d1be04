"""A call's messages as a ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import orjson
from rich.console import Console

from gateway.records.report.ladder import ladder, of_call, said


def message(at: str, text: str, *, came_in: bool = True, call_id: str = "a@b") -> dict[str, object]:
    """Return one as it is kept."""
    told = {"at": f"2026-11-27T12:00:{at}+00:00", "call_id": call_id, "in": came_in, "message": text}
    return told | {"transport": "UDP", "peer": "192.0.2.1:5060"}


CALL = [
    message("00.000", "INVITE sip:100@x SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n"),
    message("00.020", "SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n", came_in=False),
    message("01.500", "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n", came_in=False),
    message("01.540", "ACK sip:100@x SIP/2.0\r\nCSeq: 1 ACK\r\n\r\n"),
]


def printed(*, whole: bool = False, messages: Sequence[Mapping[str, Any]] = CALL) -> str:
    """Return the ladder as it is seen."""
    out = StringIO()
    Console(file=out, width=100, highlight=False).print(ladder(messages, whole=whole))
    return out.getvalue()


def test_the_messages_of_one_call() -> None:
    """Others', torn lines and those that only name it are left out."""
    lines = [orjson.dumps(one) for one in (*CALL, message("02.000", "BYE a@b", call_id="c@d"))]
    assert list(of_call([*lines, b'{"call_id":"a@b","at', b""], "a@b")) == CALL


def test_what_a_message_says() -> None:
    """Its method, or its status and what it answers."""
    assert [said(one) for one in CALL] == ["INVITE SDP", "180 Ringing (INVITE)", "200 OK (INVITE) SDP", "ACK"]
    assert said(message("0", "SIP/2.0 200 OK\r\n\r\n")) == "200 OK (?)"


def test_the_ladder() -> None:
    """Time, arrow and peer a line; whole with the messages below."""
    lines = printed().splitlines()
    assert lines[1].split()[0] == "0.000"
    assert "INVITE SDP ----" in lines[1]
    assert lines[1].rstrip().endswith("> 192.0.2.1:5060 UDP") or ">" in lines[1]
    assert lines[3].split()[0] == "1.500"
    assert "<--" in lines[3]
    assert "CSeq: 1 ACK" not in printed()
    assert "CSeq: 1 ACK" in printed(whole=True)


def test_a_terminal_obeys_no_stranger() -> None:
    """Anybody can send a message with whatever is in it."""
    hostile = message("00.000", "SIP/2.0 200 \x1b[2J\r\nSubject: \x1b]0;owned\x07\r\n\r\n\x9b2J")
    told = printed(whole=True, messages=[hostile])
    assert not {"\x1b", "\x07", "\x9b"} & {*told}
    assert "Subject:  ]0;owned" in told
