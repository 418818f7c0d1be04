"""How a call's audio is while it goes on, as Homer reads RTCP: what either side reports of the other's. Pure.

The reports are ours, by what our side counts and what the caller's RTCP has told it; the packets of RTCP
themselves stay in the media plane. `ssrc` stands for the side: the call's id, and that plus one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from gateway.call import MediaStatistics
from gateway.records.hep.packet import HepKind, HepPacket

SENDER, RECEIVER = 200, 201
"""Packet types (RFC 3550 section 6.4)."""
TICKS_A_MS = 8
"""RTP timestamps of a telephone's codecs (RFC 3551); Opus counts more finely, and is told alike."""


class RtcpReports:
    """Of one call. `call`: its id, eight hexadecimal digits; `peer` and `place` are `ip:port`."""

    def __init__(self, call: str, sip_call_id: str, peer: str, place: str) -> None:
        self._ssrc = int(call, 16) if call.isalnum() and len(call) <= 8 and _is_hex(call) else 0
        self._call_id = sip_call_id
        self._peer, self._place = peer, place
        self._before: MediaStatistics | None = None

    def since_last(self, now: MediaStatistics, at: float) -> Iterator[HepPacket]:
        """Yield what there is to tell of the time since the last report, `at` in Unix seconds."""
        before, self._before = self._before, now
        theirs = self._ssrc + 1 & 0xFFFF_FFFF
        heard = {
            "source_ssrc": theirs,
            "fraction_lost": _fraction(before, now),
            "packets_lost": now.packets_lost or 0,
            "ia_jitter": round((now.jitter_ms or 0) * TICKS_A_MS),
        }
        told = {"sender_information": {"packets": now.packets_out or 0}, "report_blocks": [heard]}
        yield self._packet(at, self._place, self._peer, SENDER, self._ssrc, told)
        if now.far_lost is not None:
            missed = {
                "source_ssrc": self._ssrc,
                "packets_lost": now.far_lost,
                "ia_jitter": round((now.far_jitter_ms or 0) * TICKS_A_MS),
            }
            yield self._packet(at, self._peer, self._place, RECEIVER, theirs, {"report_blocks": [missed]})

    def _packet(
        self, at: float, source: str, target: str, kind: int, ssrc: int, told: dict[str, Any]
    ) -> HepPacket:
        body = {"type": kind, "ssrc": ssrc, "report_count": len(told["report_blocks"]), **told}
        return HepPacket(at, HepKind.RTCP, source, target, self._call_id, orjson.dumps(body))


def _fraction(before: MediaStatistics | None, now: MediaStatistics) -> int:
    """Return what part of the caller's packets were lost since, in 256ths (RFC 3550 section 6.4.1)."""
    lost = (now.packets_lost or 0) - ((before.packets_lost or 0) if before else 0)
    came = (now.packets_in or 0) - ((before.packets_in or 0) if before else 0)
    return min(255, max(0, lost) * 256 // max(1, lost + came))


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)
