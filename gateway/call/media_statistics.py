"""What has become of a leg's audio: one immutable value, at any time of the call."""

from __future__ import annotations

from dataclasses import dataclass

SILENT_DB = -90.0
"""Nothing at all."""


@dataclass(frozen=True, slots=True)
class MediaStatistics:
    """What has become of a leg's audio since its beginning; None where that is not seen, or not known yet."""

    packets_in: int | None
    """RTP packets that came from the caller."""
    packets_lost: int | None
    """Of the caller's, by their numbers: what the network lost before us."""
    packets_out: int | None
    """RTP packets that left for the caller."""
    strangers: int | None
    """RTP and RTCP packets that came from elsewhere, and were dropped."""
    underruns: int
    """Gaps inside something that was being said, as its sound came too late."""
    late_ticks: int
    """Times that audio left a packet late or more, of all calls, while this one lasted: we were too busy."""
    packets_late: int | None = None
    """Of the caller's, those that came after their time: they are heard later, or not at all."""
    packets_reordered: int | None = None
    """Of the caller's, those that others had overtaken."""
    packets_duplicate: int | None = None
    """Of the caller's, those that came again."""
    jitter_ms: float | None = None
    """How unevenly the caller's packets come, in the mean (RFC 3550 section 6.4.1)."""
    buffer_ms: float | None = None
    """What a packet of the caller's waits for its turn, lately."""
    concealed_ms: int | None = None
    """Of the caller's sound, what was made up because its packets were lost or late."""
    round_trip_ms: float | None = None
    """To the caller's side and back, by its RTCP."""
    far_lost: int | None = None
    """Packets of ours that the caller's side has missed, by its RTCP."""
    far_jitter_ms: float | None = None
    """How unevenly ours come there."""
    mos: float | None = None
    """How good the caller's line sounds to us, 1 to 4.4, estimated from loss and delay (ITU-T G.107)."""
    encryption: str | None = None
    """SRTP, by how its keys were agreed upon: `sdes` or `dtls`; `off`: anybody on the way could listen."""


@dataclass(frozen=True, slots=True)
class LegLevels:
    """How loud a leg is at this moment (the last 160 ms count most), in dB of full scale, -90 at least."""

    caller_db: float
    agent_db: float
    """What the agent says, before it is mixed with music or other legs."""
    caller_speaks: bool | None = None
    """Whether it is a voice, by the leg's own detector; None while that is off (`Detect`)."""
