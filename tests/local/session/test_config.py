from __future__ import annotations

from typing import Any

import pytest

from gateway.local.session.config import SessionConfig
from gateway.local.session.schema import Refused
from gateway.local.session.turns import TurnSettings


def config(**more: Any) -> SessionConfig:
    return SessionConfig("sess_1", "local", 1_800_000_000, **more)


def update(one: SessionConfig, voice_locked: bool = False, **session: Any) -> dict[str, Any]:
    one.update({"type": "realtime", **session}, voice_locked=voice_locked)
    return one.wire


def detection(**fields: Any) -> dict[str, Any]:
    return {"audio": {"input": {"turn_detection": fields or None}}}


def test_defaults() -> None:
    """The session as the service creates it, but for the shorter silence."""
    assert config(silence_ms=400).turns == TurnSettings(0.5, 300, 400, None, True, True)
    assert config().input_format == "audio/pcm"
    assert config().transcription is None
    assert not config().transcription_only


def test_what_is_not_named_stays() -> None:
    """Updates merge within turn detection and output."""
    one = config()
    update(one, **detection(type="server_vad", threshold=0.7))
    update(one, **detection(type="server_vad", silence_duration_ms=600), instructions="x")
    assert one.turns == TurnSettings(threshold=0.7, silence_ms=600)
    update(one, audio={"output": {"speed": 1.2}})
    assert one.wire["audio"]["output"] == {
        "format": {"type": "audio/pcm", "rate": 24000},
        "voice": "marin",
        "speed": 1.2,
    }
    assert one.wire["instructions"] == "x"


def test_another_type_of_turn_detection_replaces() -> None:
    """Nothing of server_vad stays in semantic_vad, nor the other way round."""
    one = config()
    wire = update(one, **detection(type="semantic_vad", eagerness="high"))
    assert set(wire["audio"]["input"]["turn_detection"]) == {
        "type",
        "eagerness",
        "create_response",
        "interrupt_response",
    }
    assert one.turns == TurnSettings(silence_ms=300, semantic=True, patience_ms=2000)
    update(one, **detection(type="semantic_vad", create_response=False))
    assert one.turns == TurnSettings(silence_ms=300, semantic=True, patience_ms=2000, create_response=False)
    wire = update(one, **detection(type="server_vad"))
    assert "eagerness" not in wire["audio"]["input"]["turn_detection"]
    assert one.turns == TurnSettings()


def test_null_switches_off() -> None:
    """Null ends turn detection, transcription and the idle time-out; elsewhere it is not given."""
    one = config()
    update(one, **detection(type="server_vad", idle_timeout_ms=6000))
    assert one.turns is not None
    assert one.turns.idle_ms == 6000
    update(one, **detection(type="server_vad", idle_timeout_ms=None))
    assert one.turns is not None
    assert one.turns.idle_ms is None
    update(one, audio={"input": {"transcription": {"model": "gpt-transcribe"}}})
    assert one.transcription == {"model": "gpt-transcribe"}
    update(one, audio={"input": {"transcription": None, "turn_detection": None, "format": None}})
    assert (one.transcription, one.turns, one.input_format) == (None, None, "audio/pcm")


def test_formats_are_shown_as_the_service_does() -> None:
    """PCM with its rate, G.711 without."""
    wire = update(
        config(),
        audio={
            "input": {"format": {"type": "audio/pcmu", "rate": 8000}},
            "output": {"format": {"type": "audio/pcm", "rate": 24000}},
        },
    )
    assert wire["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    assert wire["audio"]["output"]["format"] == {"type": "audio/pcm", "rate": 24000}


def test_voice() -> None:
    """A locked voice may be named again, but not changed."""
    one = config()
    update(one, voice_locked=True, audio={"output": {"voice": "marin"}})
    with pytest.raises(Refused, match="cannot_update_voice"):
        update(one, voice_locked=True, instructions="new", audio={"output": {"voice": "cedar"}})
    assert one.wire["instructions"] != "new"


@pytest.mark.parametrize(
    ("session", "code"),
    [
        ({"instructions": "x"}, "missing_required_parameter"),
        ({"type": "poem"}, "invalid_value"),
        ({"type": "transcription"}, None),
    ],
)
def test_refusals(session: dict[str, Any], code: str | None) -> None:
    """The type is required and fixed."""
    with pytest.raises(Refused) as caught:
        config().update(session, voice_locked=False)
    assert caught.value.code == code


def test_the_model_stays() -> None:
    """It is fixed for a session. With one of our engines, a hosted model's name is its client's default."""
    hosted = SessionConfig("sess_1", "gpt-realtime-2.1", 0, engine_names=("local", "tone"))
    assert update(hosted, model="gpt-realtime-2.1")["model"] == "gpt-realtime-2.1"
    ours = SessionConfig("sess_1", "local", 0, engine_names=("local", "tone"))
    assert update(ours, model="gpt-realtime-2.1", instructions="x")["model"] == "local"
    for one, other in ((hosted, "gpt-realtime-2.1-mini"), (hosted, "local"), (ours, "tone")):
        with pytest.raises(Refused) as caught:
            update(one, model=other, instructions="y")
        assert (caught.value.code, caught.value.param) == ("invalid_value", "session.model")
        assert one.wire["instructions"] != "y"


def test_tracing_stays_once_it_is_set() -> None:
    """Until then it may be left out, or null."""
    one = config()
    update(one, tracing=None)
    update(one, tracing="auto")
    update(one, tracing="auto", instructions="x")
    update(one, instructions="y")
    for other in (None, {"workflow_name": "phone"}):
        with pytest.raises(Refused) as caught:
            update(one, tracing=other)
        assert caught.value.param == "session.tracing"


def test_transcription_session() -> None:
    """It has no output and answers nobody."""
    one = config(transcription_only=True)
    assert one.transcription_only
    assert one.turns == TurnSettings(create_response=False, interrupt_response=False)
    one.update(
        {"type": "transcription", "audio": {"input": {"transcription": {"model": "x"}}}}, voice_locked=False
    )
    assert one.transcription == {"model": "x"}
    with pytest.raises(Refused, match="not allowed"):
        update(one)
