"""What Homer is told of a call that is over: a line for each moment of it, and how its audio was. Pure.

Nothing of what was said or pressed is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from gateway.records.call_record import CallRecord
from gateway.records.hep.packet import HepKind, HepPacket

PRIVATE = frozenset({"digit", "message"})
"""Of a moment: keys may be somebody's secret, words of a provider may hold anything."""
NOT_TOLD = frozenset({"summary", "cause"})
"""Of a call's figures, for the same reason."""


def packets(record: CallRecord, place: str) -> Iterator[HepPacket]:
    """Yield the packets of a closed record; `place` is where we are called, `ip:port`."""
    began = record.began.timestamp()
    for moment in record.moments:
        about = {key: value for key, value in moment.about.items() if key not in PRIVATE}
        told = {"call": record.call, "at_ms": moment.at_ms, "what": moment.what, **about}
        yield _log(record, place, began + moment.at_ms / 1000, told)
    end = began + (record.seconds or 0.0)
    figures = {
        key: value for key, value in record.figures.items() if key not in NOT_TOLD and value is not None
    }
    outcome = {"result": record.result, "reason": record.reason, "status": record.status}
    about_it = {"plan": record.plan, "last_plan": record.last_plan, "seconds": record.seconds}
    told = {"call": record.call, "what": "ended", **outcome, **about_it, **figures}
    yield _log(record, place, end, told)
    if record.figures.get("packets_in") is not None:
        quality = orjson.dumps(_quality(record, place), default=str)
        yield HepPacket(end, HepKind.QUALITY, record.source, place, record.sip_call_id, quality)


def _log(record: CallRecord, place: str, at: float, told: Mapping[str, Any]) -> HepPacket:
    line = orjson.dumps(told, default=str)
    return HepPacket(at, HepKind.LOG, place, record.source, record.sip_call_id, line)


def _quality(record: CallRecord, place: str) -> dict[str, Any]:
    """Return the report under the names that Homer's RTP agent has for it; milliseconds."""
    figures = record.figures
    came, lost = figures.get("packets_in") or 0, figures.get("packets_lost") or 0
    (source, source_port), (target, target_port) = _split(record.source), _split(place)
    told = {
        "CORRELATION_ID": record.sip_call_id,
        "RTP_SIP_CALL_ID": record.sip_call_id,
        "TYPE": "HANGUP",
        "REPORT_NAME": record.source,
        "TOTAL_PK": came,
        "EXPECTED_PK": came + lost,
        "PACKET_LOSS": lost,
        "JITTER": figures.get("jitter_ms"),
        "MEAN_JITTER": figures.get("jitter_ms"),
        "MOS": figures.get("mos"),
        "MEAN_MOS": figures.get("mos"),
        "OUT_ORDER": figures.get("packets_reordered"),
        "SRC_IP": source,
        "SRC_PORT": source_port,
        "DST_IP": target,
        "DST_PORT": target_port,
    }
    return {name: value for name, value in told.items() if value is not None}


def _split(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host, int(port) if port.isascii() and port.isdigit() else 0
