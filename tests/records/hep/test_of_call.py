"""What Homer is told of a call that is over."""

from __future__ import annotations

import orjson

from gateway.records.call_record import Moment
from gateway.records.hep.of_call import packets
from gateway.records.hep.packet import HepKind
from tests.records.store.made_records import NOON, ended

OURS = "127.0.0.1:5060"
FIGURES = {"packets_in": 98, "packets_lost": 2, "jitter_ms": 1.5, "mos": 4.3, "summary": "Ann called."}


def test_a_line_for_each_moment_and_one_for_the_end() -> None:
    """At their times; without keys and a provider's words, which may be somebody's secret."""
    moments = (
        Moment(250, "answered"),
        Moment(900, "key", {"digit": "7"}),
        Moment(1000, "session_lost", {"code": "1006", "message": "gone: sk-x"}),
    )
    record = ended(
        "aaaa1111", moments=moments, figures={}, sip_call_id="a@b", source="192.0.2.1:5062", seconds=2.0
    )
    told = list(packets(record, OURS))
    assert {packet.kind for packet in told} == {HepKind.LOG}
    assert {(packet.call_id, packet.source, packet.target) for packet in told} == {
        ("a@b", OURS, "192.0.2.1:5062")
    }
    lines = [orjson.loads(packet.payload) for packet in told]
    assert [line["what"] for line in lines] == ["answered", "key", "session_lost", "ended"]
    assert lines[2]["code"] == "1006"
    assert lines[3]["result"] == "completed"
    assert [round(packet.at - NOON.timestamp(), 3) for packet in told] == [0.25, 0.9, 1.0, 2.0]
    assert b"sk-x" not in b"".join(packet.payload for packet in told)
    assert all("digit" not in line for line in lines)


def test_how_its_audio_was() -> None:
    """One report, under the names of Homer's own agent; what is not known is left out."""
    *_, quality = packets(ended("aaaa1111", figures=FIGURES, source="192.0.2.1:5062"), OURS)
    told = orjson.loads(quality.payload)
    assert quality.kind is HepKind.QUALITY
    assert (told["TOTAL_PK"], told["EXPECTED_PK"], told["PACKET_LOSS"]) == (98, 100, 2)
    assert (told["MOS"], told["JITTER"], told["SRC_IP"], told["SRC_PORT"]) == (4.3, 1.5, "192.0.2.1", 5062)
    assert "OUT_ORDER" not in told


def test_what_was_said_is_not_told() -> None:
    """A summary is words of the call."""
    told = b"".join(one.payload for one in packets(ended("aaaa1111", figures=FIGURES), OURS))
    assert b"Ann" not in told
