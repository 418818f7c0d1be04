"""What the user agent is told of a process's settings."""

from __future__ import annotations

from functools import partial

from gateway.node.addresses import addresses, port_range
from gateway.node.settings import Settings
from gateway.sip.message_tap import MessageSink
from gateway.sip.stack import SipSettings, TlsListener


def sip_settings(settings: Settings, sinks: tuple[MessageSink, ...]) -> SipSettings:
    """Return it; `sinks` take every message."""
    (host, port), *further = addresses(settings.sip)
    public = [one.strip() for one in settings.public_address.split(",")]
    tls = _tls_listeners(settings)
    low, high = port_range(settings.rtp)
    return SipSettings(
        host=host,
        port=port,
        further=tuple(further),
        rtp_low=low,
        rtp_high=high,
        public_address=",".join(one for one in public if not one.startswith("stun:")),
        stun=next((one.removeprefix("stun:") for one in public if one.startswith("stun:")), ""),
        learn_source=settings.learn_source,
        jitter_ms=(settings.media.jitter.min, settings.media.jitter.max),
        audio_ticks=settings.caller_audio_ms // 20,
        silence_ticks=settings.caller_silence_ms // 20,
        codecs=settings.codecs,
        max_calls=settings.max_calls,
        sources=settings.limits.sources,
        edges=settings.all_edges,
        tls=tls[0] if tls else None,
        further_tls=tuple(tls[1:]),
        guests=settings.guests,
        encryption=settings.encryption,
        region=settings.region,
        trunks=settings.trunks,
        messages=settings.sip_messages,
        messages_keep=settings.records.keep,
        message_sinks=sinks,
        masks_numbers=settings.log_numbers == "masked",
        native=settings.native,
    )


def _tls_listeners(settings: Settings) -> list[TlsListener]:
    if (tls := settings.tls) is None:
        return []
    # Without an address of its own it is for the connections that we make.
    places = addresses(settings.sip_tls) if settings.sip_tls else ((addresses(settings.sip)[0][0], 0),)
    made = partial(TlsListener, certificate=tls.certificate, key=tls.key, ca=tls.ca, asks=tls.verify_clients)
    return [made(*place) for place in places]
