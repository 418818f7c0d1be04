from __future__ import annotations

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.realtime.events import BadEvent, parse_client, parse_server
from gateway.realtime.events.client import InputAudioAppend
from gateway.realtime.events.server import OutputAudioDelta
from gateway.realtime.events.wire import (
    AudioDelta,
    AudioDeltaFrames,
    append_frame,
    appended_audio,
    audio_delta,
)
from tests.realtime.events import samples


@given(st.binary(max_size=2000))
def test_caller_audio_goes_and_comes(audio: bytes) -> None:
    """The fast frame is read by the fast reader, and is the typed event."""
    frame = append_frame(audio)
    assert appended_audio(frame) == audio
    assert parse_client(frame) == InputAudioAppend(audio=base64.b64encode(audio).decode())


@given(st.binary(max_size=2000))
def test_agent_audio_goes_and_comes(audio: bytes) -> None:
    """A server's frame is read fast, and as the typed event."""
    frame = AudioDeltaFrames('resp_"1"', "item_ü", output_index=2, content_index=1).frame("event_1", audio)
    assert audio_delta(frame) == AudioDelta('resp_"1"', "item_ü", audio)
    event = parse_server(frame)
    assert isinstance(event, OutputAudioDelta)
    assert (event.event_id, event.output_index, event.content_index) == ("event_1", 2, 1)


def test_the_older_name_is_as_fast() -> None:
    """Servers that still say response.audio.delta are heard."""
    frame = AudioDeltaFrames("r", "i", name="response.audio.delta").frame("e", b"ab")
    assert audio_delta(frame) == AudioDelta("r", "i", b"ab")


def test_the_order_of_keys_does_not_matter() -> None:
    """With the type after the ids it is still recognised; with the type last, by the typed reader."""
    head = {"event_id": "e", "response_id": "r", "item_id": "i", "type": "response.output_audio.delta"}
    assert audio_delta(orjson.dumps({**head, "delta": "YWI="})) == AudioDelta("r", "i", b"ab")
    late = orjson.dumps({"delta": "YWI=" * 100, **head})
    assert audio_delta(late) is None
    assert isinstance(parse_server(late), OutputAudioDelta)


@pytest.mark.parametrize("kind", [kind for kind in samples.SERVER if kind != "response.output_audio.delta"])
def test_no_other_event_is_taken_for_audio(kind: str) -> None:
    """All other server events go to the typed reader."""
    assert audio_delta(orjson.dumps(samples.server(kind))) is None


def test_words_about_audio_are_not_audio() -> None:
    """An event whose fields merely quote the name is not taken for one."""
    quoting = {"type": "response.output_text.delta", "delta": "response.output_audio.delta"}
    assert audio_delta(orjson.dumps(quoting)) is None
    quoting = {"type": "x", "audio": "input_audio_buffer.append"}
    assert appended_audio(orjson.dumps(quoting)) is None


@pytest.mark.parametrize("delta", [b'"####"', b'"YW"', b"5", b"null", b'"\xc3\xbc"'])
def test_bad_base64_is_refused_by_name(delta: bytes) -> None:
    """Foreign characters and missing ones are errors, not noise on the line."""
    raw = b'{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i","delta":'
    with pytest.raises(BadEvent) as caught:
        audio_delta(raw + delta + b"}")
    assert (caught.value.param, caught.value.event_id) == ("delta", "e")


def test_a_broken_frame_is_refused_by_name() -> None:
    """A frame cut off in the middle is no JSON."""
    with pytest.raises(BadEvent, match="invalid_json"):
        appended_audio(append_frame(b"abc")[:-2])


def test_audio_of_nobody_is_left_to_the_typed_reader() -> None:
    """Without the ids of response and item there is no fast way."""
    assert audio_delta(b'{"type":"response.output_audio.delta","delta":"YWI="}') is None
