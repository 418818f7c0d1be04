from __future__ import annotations

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.realtime.events import BadEvent, Unknown, dump, parse_client, parse_server, plain
from gateway.realtime.events.client import ItemTruncate, SessionUpdate
from gateway.realtime.events.codec import CLIENT_EVENTS, SERVER_EVENTS, body_of
from gateway.realtime.events.server import ItemDone, OutputAudioDelta, SpeechStarted
from tests.realtime.events import samples

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_the_vocabulary_is_complete() -> None:
    """Eleven events go out, forty-six come in, and each has a sample here."""
    assert (len(CLIENT_EVENTS), len(SERVER_EVENTS)) == (11, 46)
    assert set(CLIENT_EVENTS) == set(samples.CLIENT)
    assert set(SERVER_EVENTS) == set(samples.SERVER)


@pytest.mark.parametrize("kind", samples.CLIENT)
def test_a_client_event_comes_back_as_it_was(kind: str) -> None:
    """Reading and writing a client event changes nothing."""
    body = samples.client(kind)
    event = parse_client(orjson.dumps(body))
    assert isinstance(event, CLIENT_EVENTS[kind])
    assert orjson.loads(dump(event)) == body


@pytest.mark.parametrize("kind", samples.SERVER)
def test_a_server_event_comes_back_as_it_was(kind: str) -> None:
    """Reading and writing a server event loses nothing; what was left out may be spelled out."""
    body = samples.server(kind)
    event = parse_server(orjson.dumps(body))
    assert isinstance(event, SERVER_EVENTS[kind])
    assert _contains(orjson.loads(dump(event)), body)


def test_unknown_events_pass_through() -> None:
    """An event that nobody has heard of is kept whole and sent on as it was."""
    body = {"type": "ping", "event_id": "1", "deep": {"a": [1, None]}}
    event = parse_server(orjson.dumps(body))
    assert isinstance(event, Unknown)
    assert orjson.loads(dump(event)) == body


def test_unknown_fields_pass_through() -> None:
    """Fields of tomorrow are kept, at every depth."""
    body = samples.server("conversation.item.done")
    body["tomorrow"] = 1
    body["item"] = {**body["item"], "phase": "commentary", "mood": {"x": 1}}
    event = parse_server(orjson.dumps(body))
    assert isinstance(event, ItemDone)
    assert orjson.loads(dump(event)) == body


def test_type_comes_first_on_the_wire() -> None:
    """Whoever reads by prefix finds the type at the beginning."""
    assert dump(ItemTruncate(item_id="i", audio_end_ms=5, event_id="e")).startswith(
        b'{"type":"conversation.item'
    )


def test_null_and_absent_are_different() -> None:
    """A stage of the session that was set to null is sent as null; one never named is not sent."""
    raw = b'{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":null}}}}'
    event = parse_client(raw)
    assert isinstance(event, SessionUpdate)
    assert dump(event) == raw


def test_null_stands_for_absent_where_only_a_value_makes_sense() -> None:
    """Other vendors send null for indices and texts that they do not have."""
    event = parse_server(b'{"type":"input_audio_buffer.speech_started","item_id":null,"audio_start_ms":null}')
    assert isinstance(event, SpeechStarted)
    assert (event.item_id, event.audio_start_ms) == ("", 0)


@pytest.mark.parametrize(
    ("older", "kind"),
    [("response.audio.delta", OutputAudioDelta)],
)
def test_older_names_are_understood(older: str, kind: type) -> None:
    """Events under their beta names are the same events."""
    body = {**samples.server("response.output_audio.delta"), "type": older}
    assert isinstance(parse_server(orjson.dumps(body)), kind)


@pytest.mark.parametrize(
    ("raw", "code", "param"),
    [
        (b"", "invalid_json", None),
        (b"\x00\xff\xfe", "invalid_json", None),
        (b"[" * 100_000, "invalid_json", None),
        (b"[]", "invalid_event", None),
        (b'"text"', "invalid_event", None),
        (b"{}", "missing_required_parameter", "type"),
        (b'{"type":5}', "invalid_type", "type"),
        (b'{"type":"conversation.item.delete"}', "missing_required_parameter", "item_id"),
        (
            b'{"type":"conversation.item.truncate","item_id":"a","audio_end_ms":"5"}',
            "invalid_type",
            "audio_end_ms",
        ),
        (
            b'{"type":"conversation.item.create","item":{"type":"function_call_output","output":"x"}}',
            "missing_required_parameter",
            "item.call_id",
        ),
        (
            (
                b'{"type":"conversation.item.create","item":'
                b'{"type":"message","role":"user","content":[{"type":"input_text","text":5}]}}'
            ),
            "invalid_type",
            "item.content[0].text",
        ),
        (
            b'{"type":"session.update","session":{"audio":{"output":{"voice":5}}}}',
            "invalid_type",
            "session.audio.output.voice",
        ),
    ],
)
def test_what_is_no_event_is_named(raw: bytes, code: str, param: str | None) -> None:
    """A bad frame raises one kind of error, with the hosted service's code and path."""
    with pytest.raises(BadEvent) as caught:
        parse_client(raw)
    assert (caught.value.code, caught.value.param) == (code, param)


def test_the_offender_can_be_answered_by_its_id() -> None:
    """The error carries the event id that the client gave."""
    with pytest.raises(BadEvent) as caught:
        parse_client(b'{"type":"conversation.item.delete","event_id":"mine"}')
    assert caught.value.event_id == "mine"


@given(st.sampled_from([*samples.SERVER, "nobody.knows"]), st.dictionaries(st.text(max_size=8), json_values))
def test_no_frame_breaks_the_reader(kind: str, fields: dict[str, Any]) -> None:
    """Whatever fields a known event comes with, it is read or refused, and written again."""
    raw = orjson.dumps({**samples.SERVER.get(kind, {}), **fields, "type": kind})
    try:
        event = parse_server(raw)
    except BadEvent:
        return
    assert body_of(dump(event))["type"] == kind


@given(st.binary(max_size=64))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    """Garbage is refused by name."""
    with suppress(BadEvent):
        parse_server(raw)


def test_plain_gives_json_data() -> None:
    """Objects of the wire can be compared and merged as data."""
    assert plain(ItemTruncate(item_id="i", audio_end_ms=5)) == {
        "type": "conversation.item.truncate",
        "item_id": "i",
        "content_index": 0,
        "audio_end_ms": 5,
    }


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(_contains(whole.get(k), v) for k, v in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(_contains, whole, part))
    return bool(whole == part)
