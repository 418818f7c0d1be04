"""A text that a model reads out is kept if it was that text, and whole."""

from __future__ import annotations

import pytest

from gateway.call import AgentAudio, AgentSaid, Respond, ResponseEnded, SessionLost, SessionReady
from gateway.calls.read_aloud import ReadAloud
from gateway.errors import SessionError

WORDS = "Bitte bleiben Sie am Apparat."


def reading(*said: str, status: str = "completed", pcm: bytes = b"ab") -> ReadAloud:
    """Let a model read the text out, in its way."""
    one = ReadAloud(WORDS)
    one(SessionReady())
    if pcm:
        one(AgentAudio("r", "i", pcm))
        one(AgentAudio("r", "i", pcm))
    for text in said:
        one(AgentSaid("i", text))
    one(ResponseEnded("r", status))
    return one


def test_it_is_asked_for_when_the_session_is_ready() -> None:
    """Word for word; quotation marks in it do not end it."""
    asked: list[Respond] = []
    one = ReadAloud('Say "no".')
    one.ask = asked.append
    assert asked == []
    one(SessionReady())
    assert asked == [Respond("Say exactly these words and nothing else: \"Say 'no'.\"")]
    assert not one.done.is_set()


@pytest.mark.parametrize("said", [(), (WORDS,), ("Bitte bleiben Sie ", "am Apparat!")])
def test_what_was_read_out_is_kept(said: tuple[str, ...]) -> None:
    """Whole; a model without transcripts is believed."""
    one = reading(*said)
    assert one.done.is_set()
    assert one.sound() == b"abab"


def test_what_was_not_read_out_is_an_error() -> None:
    """Other words, none, half of them, or a session that is lost."""
    faults = {
        "other_words": reading("I am sorry, but I cannot help with that request."),
        "failed": reading(WORDS, status="failed"),
        "completed": reading(pcm=b""),
    }
    lost = ReadAloud(WORDS)
    lost(SessionLost("connection_lost", "gone"))
    for code, one in (faults | {"connection_lost": lost}).items():
        assert one.done.is_set()
        with pytest.raises(SessionError) as raised:
            one.sound()
        assert raised.value.code == code
