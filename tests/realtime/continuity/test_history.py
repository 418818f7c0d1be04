from __future__ import annotations

from typing import Any

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AddImage,
    AddText,
    AgentAudio,
    AgentAudioDone,
    AgentSaid,
    CallerSaid,
    CallerStartedSpeaking,
    DeleteItem,
    Respond,
    ResponseEnded,
    SubmitToolResult,
    ToolCalled,
    Truncate,
)
from gateway.media.kept_sound import KeptSound
from gateway.realtime.continuity.history import MOST_ENTRIES, MOST_TEXT, History
from gateway.realtime.events import plain
from gateway.realtime.events.items import Item, image_message, text_message


def text(role: str, words: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": words}]}


def told(history: History) -> list[dict[str, Any]]:
    return [plain(item) for _, item in history.items()]


def spoken(history: History, item: str, words: str, ms: int) -> None:
    history.on_fact(AgentAudio("r", item, bytes(ms * BYTES_PER_MS)))
    history.on_fact(AgentAudioDone("r", item))
    history.on_fact(AgentSaid(item, words))


def test_what_was_said_is_told_in_order() -> None:
    """Words that come late stand where they were spoken."""
    history = History()
    assert not history
    history.caller_turn("u1", KeptSound(b""))
    spoken(history, "a1", "Good morning.", 900)
    history.on_fact(CallerSaid("u1", "Hello."))
    history.ordered(AddText("user", "[The caller pressed 5 on the keypad.]"))
    assert told(history) == [
        text("user", "Hello."),
        text("assistant", "Good morning."),
        text("user", "[The caller pressed 5 on the keypad.]"),
    ]
    assert history


def test_words_without_a_turn_are_told_too() -> None:
    """A server without turn events still transcribes; other facts and orders say nothing."""
    history = History()
    history.on_fact(CallerSaid("u1", "Hello."))
    history.on_fact(CallerStartedSpeaking("u2"))
    history.ordered(Respond())
    assert told(history) == [text("user", "Hello.")]


def test_what_was_not_heard_was_not_said() -> None:
    """A truncated item is told as far as the caller heard it, in whole words; a deleted one not at all."""
    history = History()
    spoken(history, "a1", "We are open from nine to five every day.", 4000)
    spoken(history, "a2", "Nobody heard this.", 1000)
    spoken(history, "a3", "Nor more than the beginning of this.", 1000)
    history.ordered(Truncate("a1", 2000))
    history.ordered(DeleteItem("a2"))
    history.ordered(Truncate("a3", 10))
    history.ordered(Truncate("nobody", 10))
    assert told(history) == [text("assistant", "We are open from ...")]
    assert history.heard("a3") is None
    assert history.heard("a2") is None
    heard = history.heard("a1")
    assert heard is not None
    assert plain(heard) == text("assistant", "We are open from ...")


def test_a_truncation_behind_the_end_cuts_nothing() -> None:
    """Whoever heard everything heard everything."""
    history = History()
    spoken(history, "a1", "Good morning.", 1000)
    history.ordered(Truncate("a1", 1000))
    history.ordered(AddText("assistant", "written"))
    assert told(history) == [text("assistant", "Good morning."), text("assistant", "written")]


def test_half_a_sentence_is_taken_over() -> None:
    """What the agent had got to say before the session was lost; a whole transcript counts more."""
    history = History()
    for item in ("a1", "a2"):
        history.on_fact(AgentAudio("r", item, bytes(1200 * BYTES_PER_MS)))
    history.unfinished({"a1": "We are op", "a2": "x"})
    history.on_fact(AgentSaid("a2", "We are closed."))
    history.unfinished({"a2": "We are cl"})
    assert told(history) == [text("assistant", "We are op"), text("assistant", "We are closed.")]


HALF = "Our shop is in Harbour Street, next to the old town hall, and the bus stops at the door."


def test_words_without_their_sound_were_not_spoken() -> None:
    """A transcript runs ahead of its audio: what is told is what had come of that by the loss."""
    for whole in (False, True):
        history = History()
        history.on_fact(AgentAudio("r", "a1", bytes(2860 * BYTES_PER_MS)))
        if whole:
            history.on_fact(AgentSaid("a1", HALF))
        history.unfinished({"a1": HALF, "a2": "No sound of this came."})
        history.on_fact(ResponseEnded("r", "cancelled"))
        assert told(history) == [text("assistant", "Our shop is in Harbour Street, next to the ...")]


def test_what_was_flushed_of_half_a_sentence_was_not_heard() -> None:
    """The caller spoke over what had come of it."""
    history = History()
    history.on_fact(AgentAudio("r", "a1", bytes(2860 * BYTES_PER_MS)))
    history.unfinished({"a1": HALF})
    history.ordered(Truncate("a1", 1430))
    assert told(history) == [text("assistant", "Our shop is in Harbour ...")]


def test_a_cancelled_answer_was_spoken_as_far_as_its_sound_came() -> None:
    """Its last item; those before it were said to their ends."""
    history = History()
    spoken(history, "a1", "One moment, I look that up for you.", 900)
    spoken(history, "a2", HALF, 2860)
    history.on_fact(ResponseEnded("r", "cancelled"))
    assert told(history) == [
        text("assistant", "One moment, I look that up for you."),
        text("assistant", "Our shop is in Harbour Street, next to the ..."),
    ]


def test_the_agents_own_pace_is_learned() -> None:
    """One who speaks twice as fast as others has said twice as much."""
    history = History()
    spoken(history, "a1", HALF, len(HALF) * 65 // 2)
    history.on_fact(ResponseEnded("r", "completed"))
    history.on_fact(AgentAudio("r2", "a2", bytes(1430 * BYTES_PER_MS)))
    history.unfinished({"a2": HALF})
    assert told(history) == [
        text("assistant", HALF),
        text("assistant", "Our shop is in Harbour Street, next to the ..."),
    ]


def test_signs_take_longer_than_letters() -> None:
    """Chinese is cut at a sign; it has no spaces."""
    history = History()
    history.on_fact(AgentAudio("r", "a1", bytes(2000 * BYTES_PER_MS)))
    history.unfinished({"a1": "我们每天早上九点开门下午五点关门欢迎光临"})
    assert told(history) == [text("assistant", "我们每天早上九点 ...")]


def test_audio_stands_for_words_until_they_come() -> None:
    """A turn whose transcript is not there yet, or never will be, is told as it was heard."""
    history = History()
    history.caller_turn("u1", KeptSound(b"ab"))
    audio = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "YWI="}]}
    assert told(history) == [audio]
    history.caller_turn("u2", KeptSound(b"cd"))
    assert len(told(history)) == 1
    history.on_fact(CallerSaid("u2", "Hello."))
    history.caller_turn("u2", KeptSound(b"cd"))
    assert told(history) == [text("user", "Hello.")]


def test_a_turn_of_ours_takes_the_name_that_comes_with_its_words() -> None:
    """They stand where they were spoken; until they come, the audio stands for them."""
    history = History()
    history.committed_turn(KeptSound(b"12"))
    spoken(history, "a1", "Good morning.", 900)
    (audio, agent) = told(history)
    assert audio["content"][0]["type"] == "input_audio"
    history.on_fact(CallerSaid("u1", "Hello."))
    assert told(history) == [text("user", "Hello."), agent]
    assert [name for name, _ in history.items()] == ["u1", "a1"]


def test_a_turn_without_a_word_shifts_no_other() -> None:
    """It is never named; words without a turn are told as they come."""
    history = History()
    history.committed_turn(KeptSound(b"12"))
    history.committed_turn(KeptSound(b"34"))
    history.on_fact(CallerSaid("u2", "Hello."))
    history.committed_turn(KeptSound(b"56"))
    history.on_fact(CallerSaid("u3", "Good-bye."))
    history.on_fact(CallerSaid("u3", "Goodbye."))
    assert told(history) == [text("user", "Hello."), text("user", "Goodbye.")]


def test_a_function_call_is_told_with_its_output() -> None:
    """The service wants both, or neither."""
    history = History()
    history.on_fact(ToolCalled("r", "c1", "f", '{"a":1}'))
    assert told(history) == []
    call = history.call("c1")
    assert call is not None
    assert (call.name, call.arguments) == ("f", '{"a":1}')
    assert history.call("c2") is None
    history.ordered(SubmitToolResult("c2", "x"))
    history.ordered(SubmitToolResult("c1", "done"))
    assert told(history) == [
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "done"},
    ]


def test_a_long_call_is_remembered_from_its_end() -> None:
    """The oldest goes first, by number and by length."""
    history = History()
    for number in range(MOST_ENTRIES + 50):
        history.ordered(AddText("user", f"word {number}"))
    assert told(history)[0] == text("user", "word 50")
    history.ordered(AddText("user", "x" * (MOST_TEXT - 20)))
    assert [len(item["content"][0]["text"]) for item in told(history)] == [8, 8, MOST_TEXT - 20]


def test_items_carry_the_name_of_what_they_stand_for() -> None:
    """Later orders about an item find what was told of it."""
    history = History()
    spoken(history, "a1", "Hi.", 10)
    pairs: list[tuple[str, Item]] = history.items()
    assert [name for name, _ in pairs] == ["a1"]


def test_an_image_is_shown_again() -> None:
    """The next session sees what the former saw, in its place."""
    history = History()
    history.ordered(AddText("user", "Look."))
    history.ordered(AddImage("data:image/png;base64,AA", "My meter."))
    (_, first), (_, second) = history.items()
    assert first == text_message("user", "Look.")
    assert second == image_message("data:image/png;base64,AA", "My meter.")
