"""How a call's audio is while it goes on, in the shape of RTCP."""

from __future__ import annotations

from typing import Any

import orjson

from gateway.call import MediaStatistics
from gateway.records.hep.rtcp import RtcpReports

PEER, OURS = "192.0.2.1:5062", "127.0.0.1:5060"


def statistics(packets_in: int, lost: int, **more: Any) -> MediaStatistics:
    return MediaStatistics(packets_in, lost, 100, 0, 0, 0, jitter_ms=2.0, **more)


def test_a_report_of_what_we_hear() -> None:
    """The lost part is that of the time since the last report."""
    reports = RtcpReports("0000abcd", "a@b", PEER, OURS)
    (first,) = reports.since_last(statistics(90, 10), 1.0)
    (second,) = reports.since_last(statistics(180, 20), 2.0)
    (third,) = reports.since_last(statistics(280, 20), 3.0)
    assert (first.source, first.target, first.call_id, first.kind) == (OURS, PEER, "a@b", 5)
    told = orjson.loads(first.payload)
    assert (told["type"], told["ssrc"], told["sender_information"]) == (200, 0xABCD, {"packets": 100})
    blocks = [orjson.loads(one.payload)["report_blocks"] for one in (first, second, third)]
    assert [one[0]["fraction_lost"] for one in blocks] == [25, 25, 0]
    assert (blocks[1][0]["packets_lost"], blocks[1][0]["ia_jitter"]) == (20, 16)


def test_a_report_of_what_they_hear() -> None:
    """From their side, where their RTCP has told it."""
    _, theirs = RtcpReports("ffffffff", "a@b", PEER, OURS).since_last(
        statistics(1, 0, far_lost=7, far_jitter_ms=1.0), 1.0
    )
    told = orjson.loads(theirs.payload)
    assert (theirs.source, theirs.target, told["type"], told["ssrc"]) == (PEER, OURS, 201, 0)
    assert told["report_blocks"] == [{"source_ssrc": 0xFFFFFFFF, "packets_lost": 7, "ia_jitter": 8}]


def test_a_call_by_another_name() -> None:
    """Whatever it is called, a report is made."""
    (report,) = RtcpReports("not-hex", "a@b", PEER, OURS).since_last(statistics(0, 0), 1.0)
    assert orjson.loads(report.payload)["ssrc"] == 0
