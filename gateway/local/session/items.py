"""The conversation: its items in order, with the audio that belongs to them for as long as it is kept."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.heard_text import as_heard
from gateway.local.session.schema import Refused, integer
from gateway.local.vocabulary import Clip, HeardTurn, Recognised

KEEP_SECONDS = 60
"""Audio of items kept for `retrieve` and `echo`, the newest of a session: 2.9 MB at most."""


def new_id(kind: str) -> str:
    """Make an id as the hosted service does: a prefix and 20 letters that nobody can guess."""
    return f"{kind}_{secrets.token_hex(10)}"


@dataclass(slots=True)
class StoredItem:
    """One item. `wire` is what events show; audio stays here and is added only when retrieved."""

    id: str
    wire: dict[str, Any]
    clip: Clip | None = None
    audio_ms: int = 0
    hearing: asyncio.Future[Recognised] | None = None
    said: str = ""
    """The words as generated or recognised, whatever has become of the transcript on the wire."""
    silent: bool = False
    """A turn in which nobody spoke: the idle time-out's empty commit."""
    read_before: bool = False
    """Some earlier response has read it, so the next one finds it in the cache (usage)."""

    def as_turns(self) -> tuple[HeardTurn, ...]:
        """Return what an engine sees of it: one turn, or of an MCP call two, the call and its result."""
        wire = self.wire
        if wire["type"] != "mcp_call":
            return (self.as_turn(),)
        error = wire.get("error")
        result = wire.get("output") if error is None else orjson.dumps({"error": error["message"]}).decode()
        called = HeardTurn("assistant", wire.get("arguments", ""), name=wire.get("name", ""), call_id=self.id)
        return (called,) if result is None else (called, HeardTurn("tool", result, call_id=self.id))

    def as_turn(self) -> HeardTurn:
        """Return what an engine sees of an item that is one turn."""
        wire = self.wire
        match wire["type"]:
            case "mcp_approval_request":
                return HeardTurn("assistant", wire["arguments"], name=wire["name"], call_id=self.id)
            case "mcp_approval_response":
                refused = "" if wire["approve"] else '{"error":"it was not agreed to"}'
                return HeardTurn("tool", refused, call_id=wire["approval_request_id"])
            case "function_call":
                return HeardTurn(
                    "assistant", wire["arguments"], name=wire["name"], call_id=wire.get("call_id", "")
                )
            case "function_call_output":
                return HeardTurn("tool", wire["output"], call_id=wire["call_id"])
            case "message":
                text = self.said or _text_of(wire)
                return HeardTurn(wire["role"], text, self.hearing, self.clip, silent=self.silent)
        return HeardTurn("system", "")


def _to_the_sentence_end(text: str, heard_ms: int, sent_ms: int) -> str:
    """Return the sentences of which something was heard."""
    heard = as_heard(text, heard_ms, sent_ms).removesuffix(" ...")
    end = re.search(r"[.!?](?=\s|$)", text[len(heard) :])
    return text if end is None else text[: len(heard) + end.end()]


def _text_of(wire: dict[str, Any]) -> str:
    parts = []
    for part in wire["content"]:
        if part["type"] == "input_image":
            parts.append(_picture(part["image_url"]))
        parts.append(part.get("text") or part.get("transcript") or "")
    return " ".join(part for part in parts if part)


def _picture(url: str) -> str:
    """Say of a picture what can be said without looking at it: its format and size."""
    head, _, data = url.partition(",")
    kind = head.removeprefix("data:").split(";")[0].removeprefix("image/") or "unknown"
    return f"[image: {kind}, {len(data) * 3 // 4} bytes]"


@dataclass(slots=True)
class ItemList:
    """Items in order. Positions in events are told by the id of the item before."""

    id: str = field(default_factory=lambda: new_id("conv"))
    _items: list[StoredItem] = field(default_factory=list)

    def __iter__(self) -> Iterator[StoredItem]:
        return iter(self._items)

    @property
    def last_id(self) -> str | None:
        """Id of the newest item."""
        return self._items[-1].id if self._items else None

    @property
    def has_agent_audio(self) -> bool:
        """Whether the agent has been heard, after which its voice is fixed."""
        return any(item.audio_ms for item in self._items if item.wire.get("role") == "assistant")

    def add(self, item: StoredItem, after: str | None = None) -> str | None:
        """Put an item after another (None: last; `root`: first); give the id of the one before it."""
        if any(item.id == other.id for other in self._items):
            message = f"Error adding item: an item with id '{item.id}' already exists."
            raise Refused("item_create_duplicate_item_id", message, "item.id")
        self._check_call(item)
        if after == "root":
            place = 0
        elif after is None:
            place = len(self._items)
        else:
            place = self._place(after, "create", "adding", "previous_item_id") + 1
        self._items.insert(place, item)
        self._let_go_of_old_audio()
        return self._items[place - 1].id if place else None

    def _check_call(self, item: StoredItem) -> None:
        """Refuse the output of a function that nobody called."""
        if item.wire["type"] != "function_call_output":
            return
        call_id = item.wire["call_id"]
        calls = (one.wire for one in self._items if one.wire["type"] == "function_call")
        if not any(call.get("call_id") == call_id for call in calls):
            raise Refused("invalid_tool_call_id", f"Tool call ID '{call_id}' not found in conversation.")

    def get(self, item_id: str, verb: str = "retrieve", doing: str = "retrieving") -> StoredItem:
        """Find an item, or refuse in the words of what was attempted."""
        return self._items[self._place(item_id, verb, doing, "item_id")]

    def before(self, item: StoredItem) -> str | None:
        """Return the id of the item before this one."""
        place = self._items.index(item)
        return self._items[place - 1].id if place else None

    def delete(self, item_id: str) -> None:
        """Take an item out."""
        del self._items[self._place(item_id, "delete", "deleting", "item_id")]

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Keep the beginning of an agent's audio. Its transcript goes: nobody knows the words heard."""
        item = self.get(item_id, "truncate", "truncating")
        if item.wire.get("role") != "assistant" or not item.audio_ms or content_index != 0:
            message = "Only model output audio messages can be truncated."
            raise Refused("invalid_value", message, "item_id")
        integer(0)(audio_end_ms, "audio_end_ms")
        if audio_end_ms > item.audio_ms:
            message = f"Audio content of {item.audio_ms}ms is already shorter than {audio_end_ms}ms"
            raise Refused("invalid_value", message, "audio_end_ms")
        item.said = _to_the_sentence_end(item.said or _text_of(item.wire), audio_end_ms, item.audio_ms)
        item.audio_ms = audio_end_ms
        if item.clip is not None:
            item.clip = Clip(item.clip.pcm[: audio_end_ms * item.clip.rate // 1000 * 2], item.clip.rate)
        for part in item.wire["content"]:
            part.pop("transcript", None)

    def _place(self, item_id: str, verb: str, doing: str, param: str) -> int:
        for place, item in enumerate(self._items):
            if item.id == item_id:
                return place
        message = f"Error {doing} item: the item with id '{item_id}' does not exist."
        code = "item_create_invalid_previous_item_id" if verb == "create" else f"item_{verb}_invalid_item_id"
        raise Refused(code, message, param)

    def _let_go_of_old_audio(self) -> None:
        kept = 0
        for item in reversed(self._items):
            if item.clip is not None:
                kept += item.clip.ms
                if kept > KEEP_SECONDS * 1000:
                    item.clip = None
