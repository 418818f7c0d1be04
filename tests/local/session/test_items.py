from __future__ import annotations

from typing import Any

import pytest

from gateway.local.session.items import KEEP_SECONDS, ItemList, StoredItem, new_id
from gateway.local.session.schema import Refused
from gateway.local.vocabulary import Clip


def text(item_id: str, role: str = "user", words: str = "hi") -> StoredItem:
    part = {"type": "input_text" if role == "user" else "output_text", "text": words}
    return StoredItem(item_id, {"type": "message", "role": role, "content": [part]})


def speech(item_id: str, seconds: int = 1) -> StoredItem:
    part: dict[str, Any] = {"type": "output_audio", "transcript": "hello there"}
    item = StoredItem(item_id, {"type": "message", "role": "assistant", "content": [part]})
    item.clip, item.audio_ms, item.said = Clip(bytes(48_000 * seconds)), seconds * 1000, "hello there"
    return item


def ids(conversation: ItemList) -> list[str]:
    return [item.id for item in conversation]


def test_places() -> None:
    """Items go to the end, to the root, or after another."""
    conversation = ItemList()
    assert conversation.last_id is None
    assert conversation.add(text("a")) is None
    assert conversation.add(text("b")) == "a"
    assert conversation.add(text("c"), "root") is None
    assert conversation.add(text("d"), "a") == "a"
    assert ids(conversation) == ["c", "a", "d", "b"]
    assert conversation.last_id == "b"
    assert conversation.before(conversation.get("d")) == "a"
    conversation.delete("a")
    assert ids(conversation) == ["c", "d", "b"]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (lambda one: one.add(text("a")), "item_create_duplicate_item_id"),
        (lambda one: one.add(text("x"), "nobody"), "item_create_invalid_previous_item_id"),
        (lambda one: one.get("nobody"), "item_retrieve_invalid_item_id"),
        (lambda one: one.delete("nobody"), "item_delete_invalid_item_id"),
        (lambda one: one.truncate("nobody", 0, 0), "item_truncate_invalid_item_id"),
        (lambda one: one.truncate("a", 0, 0), "invalid_value"),
        (lambda one: one.truncate("s", 1, 0), "invalid_value"),
        (lambda one: one.truncate("s", 0, -1), "integer_below_min_value"),
        (lambda one: one.truncate("s", 0, 1001), "invalid_value"),
    ],
)
def test_refusals(what: Any, code: str) -> None:
    """What cannot be done to an item is refused with the service's code."""
    conversation = ItemList()
    conversation.add(text("a"))
    conversation.add(speech("s"))
    with pytest.raises(Refused) as caught:
        what(conversation)
    assert caught.value.code == code
    assert ids(conversation) == ["a", "s"]


def test_truncation() -> None:
    """Audio is cut, the transcript goes, the words as generated stay known to the agent."""
    conversation = ItemList()
    item = speech("s")
    conversation.add(item)
    assert conversation.has_agent_audio
    conversation.truncate("s", 0, 400)
    assert item.audio_ms == 400
    assert item.clip is not None
    assert item.clip.ms == 400
    assert item.wire["content"] == [{"type": "output_audio"}]
    assert item.as_turn().text == "hello there"
    with pytest.raises(Refused, match="Audio content of 400ms is already shorter than 500ms"):
        conversation.truncate("s", 0, 500)


def test_old_audio_is_let_go() -> None:
    """Only the newest minute of audio is kept; items stay."""
    conversation = ItemList()
    for number in range(KEEP_SECONDS + 10):
        conversation.add(speech(str(number)))
    kept = [item.id for item in conversation if item.clip is not None]
    assert kept == [str(number) for number in range(10, KEEP_SECONDS + 10)]
    assert len(ids(conversation)) == KEEP_SECONDS + 10


def test_what_an_engine_sees() -> None:
    """Items become turns: words, calls, results, pictures by format and size."""
    url = "data:image/png;base64," + "A" * 400
    seen = StoredItem(
        "i", {"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": url}]}
    )
    assert seen.as_turn().text == "[image: png, 300 bytes]"
    assert text("t", "assistant", "yes").as_turn().role == "assistant"
    call = StoredItem("c", {"type": "function_call", "name": "x", "call_id": "call_1", "arguments": "{}"})
    assert (call.as_turn().name, call.as_turn().text) == ("x", "{}")
    result = StoredItem("r", {"type": "function_call_output", "call_id": "call_1", "output": "3"})
    assert (result.as_turn().role, result.as_turn().call_id) == ("tool", "call_1")
    assert StoredItem("m", {"type": "mcp_list_tools"}).as_turn().role == "system"
    call = {"type": "mcp_call", "name": "book", "arguments": "{}", "output": None, "error": None}
    (made,) = StoredItem("m", call).as_turns()
    assert (made.role, made.name, made.call_id) == ("assistant", "book", "m")
    _, told = StoredItem("m", {**call, "output": "done"}).as_turns()
    assert (told.role, told.text, told.call_id) == ("tool", "done", "m")
    _, failed = StoredItem("m", {**call, "error": {"message": "gone"}}).as_turns()
    assert failed.text == '{"error":"gone"}'
    conversation = ItemList()
    conversation.add(text("a"))
    assert not conversation.has_agent_audio


def test_ids() -> None:
    """Ids have their kind in front and are never the same."""
    assert new_id("item").startswith("item_")
    assert len({new_id("x") for _ in range(100)}) == 100


def test_of_an_answer_that_was_cut_off_its_heard_sentences_are_known() -> None:
    """To the end of the one in which it was cut: that is what is said again when somebody asks."""
    conversation = ItemList()
    item = speech("s", 4)
    item.said = "We are open from nine. Tickets cost twelve dollars. Children come in free."
    conversation.add(item)
    conversation.truncate("s", 0, 2000)
    assert conversation.get("s").as_turn().text == "We are open from nine. Tickets cost twelve dollars."
    unheard = speech("u")
    conversation.add(unheard)
    conversation.truncate("u", 0, 1)
    assert conversation.get("u").as_turn().text == "hello there"
