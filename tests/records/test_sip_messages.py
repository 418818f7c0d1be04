"""A number is taken out of the files of SIP messages, while a gateway goes on writing to them."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from gateway.records.sip_messages import erase


def line(call_id: str, message: str) -> bytes:
    """Return a line as the log of messages has it."""
    return orjson.dumps({"call_id": call_id, "message": message}) + b"\n"


def test_a_number_is_taken_out(tmp_path: Path) -> None:
    """Its calls', and wherever it stands in an address; other lines stay, and so does what is appended."""
    file = tmp_path / "sip-2026-11-27.jsonl"
    others = [
        line("c", "INVITE sip:100@host"),
        line("d", "From: <sip:+155500012@host>"),
        b'{"torn": \n',
    ]
    own = [line("a", "BYE"), line("e", "To: <sip:+15550001@host>"), line("f", "tel:+15550001")]
    file.write_bytes(others[0] + own[0] + others[1] + own[1] + own[2] + others[2])
    writer = os.open(file, os.O_WRONLY | os.O_APPEND)
    try:
        assert erase(tmp_path, {"a"}, ["+15550001", "+1 555 0001"]) == 3
        os.write(writer, later := line("g", "ACK"))
    finally:
        os.close(writer)
    kept = [one for one in file.read_bytes().splitlines(keepends=True) if one.strip()]
    assert kept == [*others, later]
    assert erase(tmp_path, {"a"}, ["+15550001", "+1 555 0001"]) == 0


def test_calls_without_a_number(tmp_path: Path) -> None:
    """Their own messages, and no others'."""
    file = tmp_path / "sip-2026-11-27.jsonl"
    file.write_bytes(line("a", "From: <sip:anonymous@host>") + line("b", "tel:+1"))
    assert erase(tmp_path, {"a"}, [""]) == 1
    assert file.read_bytes().endswith(line("b", "tel:+1"))


def test_no_messages_are_kept(tmp_path: Path) -> None:
    """A folder that was never made holds nothing."""
    assert erase(tmp_path / "none", {"a"}, ["1"]) == 0
