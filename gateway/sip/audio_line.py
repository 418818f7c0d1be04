"""Which stream of a call is its audio, as PJSIP negotiated it last, and what PJSIP counts there.

The audio need not be the first m-line of a description (RFC 3264 section 5.1): a refused stream of video,
text or encrypted audio keeps its place in front of it, and a re-INVITE may add or drop others.
"""

from __future__ import annotations

from dataclasses import dataclass

import pjsua2 as pj
import structlog

from gateway.media.media_port import Arrivals, MediaPort

log = structlog.get_logger(__name__)

NOTHING = Arrivals(0, 0)
RUNNING = (
    pj.PJSUA_CALL_MEDIA_ACTIVE,
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD,
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD,
)


@dataclass(frozen=True, slots=True)
class AudioLine:
    """One call's audio. `index` counts the m-lines from 0; `slot` is the stream's place in PJSIP's bridge."""

    index: int
    slot: int
    receives: bool
    """Whether the far end is to send: it does not on hold, and need not where it only listens."""
    held: bool
    """Whether the far end holds the call: it may play music, or send nothing at all."""
    plays: bool = False
    """Whether it may send something while it holds the call."""
    held_by_us: bool = False
    """Whether we do: it hears us, and sends nothing."""


def audio_line(info: pj.CallInfo) -> AudioLine | None:
    """Return the audio that runs; None where there is none. `info` must be held: its parts are views."""
    for media in info.media:
        status = media.status
        if media.type != pj.PJMEDIA_TYPE_AUDIO:
            continue
        if status not in RUNNING:
            continue
        held = status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
        held_by_us = status == pj.PJSUA_CALL_MEDIA_LOCAL_HOLD
        direction = media.dir
        return AudioLine(
            index=int(media.index),
            slot=int(media.audioConfSlot),
            receives=not (held or held_by_us) and bool(direction & pj.PJMEDIA_DIR_DECODING),
            held=held,
            plays=held and bool(direction & pj.PJMEDIA_DIR_DECODING),
            held_by_us=held_by_us,
        )
    return None


def lacks_keys(info: pj.CallInfo, call_id: str) -> bool:
    """Return whether audio was to be encrypted and cannot be; the log has a line about it then.

    The far side has not the certificate whose fingerprint it gave (RFC 5763 section 5), or no suite of ours.
    """
    failed = any(
        media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ERROR
        for media in info.media
    )
    if failed:
        log.warning("call.keys_refused", call=call_id)
    return failed


def expected(call: pj.Call, line: AudioLine | None, port: MediaPort) -> Arrivals | None:
    """Return what has come from the far end; None while nothing is expected, as on hold.

    Nor is it of a phone that is only to listen and has never sent RTCP. Where no audio was agreed upon,
    nothing came.
    """
    if line is None:
        return NOTHING
    if line.held or line.held_by_us:
        return None
    arrived = port.arrivals() or counted(call, line)
    return arrived if line.receives or arrived.rtcp else None


def counted(call: pj.Call, line: AudioLine) -> Arrivals:
    """Return what PJSIP has counted of a stream: of RTCP, the reports on what we send (RFC 3550 6.4)."""
    try:
        stat = call.getStreamStat(line.index)  # held: its parts are views into it
        return Arrivals(int(stat.rtcp.rxStat.pkt), int(stat.rtcp.txStat.updateCount))
    except pj.Error:
        return NOTHING


def announced(call: pj.Call, line: AudioLine) -> str:
    """Return where the far end said its audio comes from and goes, `HOST:PORT`; "" without a stream."""
    try:
        return str(call.getStreamInfo(line.index).remoteRtpAddress)
    except pj.Error:
        return ""
