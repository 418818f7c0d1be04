"""What the agent has said, and what it has only written."""

from __future__ import annotations

from gateway.call import AgentSaid, AgentWrote
from gateway.realtime.agent_words import AgentWords
from gateway.realtime.events.items import ContentPart, FunctionCall, Message


def words(*sounding: str) -> AgentWords:
    """The words of a session in which these items have sound."""
    return AgentWords(sounding.__contains__)


def test_words_with_sound_are_said_at_once() -> None:
    """And once, whichever events bring them."""
    spoken = words("i")
    assert list(spoken.whole("r", "i", 0, " Hi. ")) == [AgentSaid("i", "Hi.")]
    assert list(spoken.whole("r", "i", 0, "Hi.")) == []
    assert list(spoken.ended("r")) == []
    assert list(spoken.whole("r", "i", 1, "")) == []


def test_words_without_sound_wait_for_the_end() -> None:
    """Some servers send the words first; of what never had a sound, the caller has heard nothing."""
    sounding: list[str] = []
    waiting = AgentWords(lambda item: item in sounding)
    assert list(waiting.whole("r", "i", 0, "Hi.")) == []
    assert list(waiting.whole("r", "j", 0, "Ho.")) == []
    assert list(waiting.whole("other", "k", 0, "He.")) == []
    sounding.append("i")
    assert list(waiting.ended("r")) == [AgentSaid("i", "Hi."), AgentWrote("r", "j", "Ho.")]


def test_a_finished_item_has_its_words_in_it() -> None:
    """As a transcript or as text, part by part; a function call has none."""
    spoken = words("i")
    content = [
        ContentPart(type="output_audio", transcript="Hi."),
        ContentPart(type="output_text", text="Ho."),
    ]
    item = Message(id="i", role="assistant", content=content)
    assert list(spoken.of_item("r", item)) == [AgentSaid("i", "Hi."), AgentSaid("i", "Ho.")]
    assert list(spoken.of_item("r", FunctionCall(id="f", call_id="c"))) == []
    assert list(spoken.of_item("r", Message(role="assistant", content=content))) == []


def test_what_was_not_told_is_unfinished() -> None:
    """Pieces so far, or all words where only their sound is missing."""
    spoken = words("i")
    spoken.piece("i", "He")
    spoken.piece("i", "llo.")
    spoken.piece("j", "Ho")
    list(spoken.whole("r", "k", 0, "All of it."))
    assert spoken.unfinished() == {"i": "Hello.", "j": "Ho", "k": "All of it."}
    list(spoken.whole("r", "i", 0, "Hello."))
    assert spoken.unfinished() == {"j": "Ho", "k": "All of it."}
