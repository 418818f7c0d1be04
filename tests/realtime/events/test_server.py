from __future__ import annotations

import orjson

from gateway.realtime.events import dump, parse_server
from gateway.realtime.events.response import ErrorBody
from gateway.realtime.events.server import DtmfReceived, Error, OutputAudioDone, RateLimitsUpdated


def test_indices_are_always_on_the_wire() -> None:
    """Clients require them; zero is a value."""
    sent = orjson.loads(dump(OutputAudioDone(event_id="e", response_id="r", item_id="i")))
    assert sent == {
        "type": "response.output_audio.done",
        "event_id": "e",
        "response_id": "r",
        "output_index": 0,
        "item_id": "i",
        "content_index": 0,
    }


def test_an_error_can_be_built_from_its_parts() -> None:
    """The embedded server speaks the same words as the client reads."""
    error = Error(event_id="e", error=ErrorBody(type="invalid_request_error", code=None, message="no"))
    assert parse_server(dump(error)) == error


def test_the_one_event_without_an_id() -> None:
    """A digit received over SIP comes without an event id."""
    event = parse_server(b'{"type":"input_audio_buffer.dtmf_event_received","event":"#","received_at":1}')
    assert isinstance(event, DtmfReceived)
    assert event.event_id is None


def test_rate_limits_are_numbers() -> None:
    """What is left of the account's limits can be reckoned with."""
    event = parse_server(
        b'{"type":"rate_limits.updated","rate_limits":[{"name":"tokens","limit":9,"remaining":4,"reset_seconds":1.5}]}'
    )
    assert isinstance(event, RateLimitsUpdated)
    assert (event.rate_limits[0].remaining, event.rate_limits[0].reset_seconds) == (4, 1.5)
