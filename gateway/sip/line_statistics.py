"""What is told of a leg's line, from what its port has counted. Pure."""

from __future__ import annotations

from gateway.call import MediaStatistics
from gateway.media.media_port import Counters
from gateway.media.quality import mos

PACKET_MS = 20.0
"""What a packet holds: so long its first sample waits for the last one before it leaves the phone."""


def line_statistics(counted: Counters, late_ticks: int) -> MediaStatistics:
    """Return the figures; `late_ticks` are the plane's while this leg lasted."""
    return MediaStatistics(
        packets_in=counted.rtp_packets,
        packets_lost=counted.rtp_lost,
        packets_out=counted.rtp_sent,
        strangers=counted.rtp_strangers,
        underruns=counted.underruns,
        late_ticks=late_ticks,
        packets_late=counted.rtp_late,
        packets_reordered=counted.rtp_reordered,
        packets_duplicate=counted.rtp_duplicates,
        jitter_ms=_tenths(counted.rtp_jitter_ms),
        buffer_ms=_tenths(counted.buffer_ms),
        concealed_ms=counted.concealed_ms,
        round_trip_ms=_tenths(counted.round_trip_ms),
        far_lost=counted.far_lost,
        far_jitter_ms=_tenths(counted.far_jitter_ms),
        mos=_mos(counted),
        encryption=counted.rtp_encryption,
    )


def _mos(counted: Counters) -> float | None:
    """Return the score of what came, to a hundredth; None where nothing has."""
    if not counted.rtp_packets or counted.rtp_lost is None:
        return None
    sent = counted.rtp_packets + counted.rtp_lost
    gone = (counted.rtp_lost + (counted.rtp_late or 0)) / sent
    delay_ms = PACKET_MS + (counted.buffer_ms or 0.0) + (counted.round_trip_ms or 0.0) / 2
    return round(mos(gone, delay_ms), 2)


def _tenths(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 1)
