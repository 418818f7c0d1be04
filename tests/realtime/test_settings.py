from __future__ import annotations

from gateway.realtime.settings import ConnectTimeouts, SessionSettings


def test_defaults_are_right_for_a_telephone() -> None:
    """Turns end after half a second; the server answers and stops by itself; words are not cut off."""
    settings = SessionSettings()
    assert settings.turn_detection is not None
    assert settings.turn_detection.silence_duration_ms == 500
    assert settings.turn_detection.interrupt_response
    assert settings.transcription is not None
    assert settings.max_output_tokens is None


def test_a_dead_line_is_noticed_within_ten_seconds() -> None:
    """Keep-alive: half of that until the ping, then as long for its answer."""
    assert 1.5 * ConnectTimeouts().ping <= 6
