"""What a server tells about the caller's audio."""

from __future__ import annotations

from gateway.realtime.events import parse_server
from gateway.realtime.events.server.caller import DtmfReceived


def test_the_one_event_without_an_id() -> None:
    """A digit received over SIP comes without an event id."""
    event = parse_server(b'{"type":"input_audio_buffer.dtmf_event_received","event":"#","received_at":1}')
    assert isinstance(event, DtmfReceived)
    assert event.event_id is None
