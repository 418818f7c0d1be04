"""The words of the agent's answers: said if sound came with them, else written. Each is told once. Pure.

Words come before, beside or after their sound, as a transcript or as text, in events of their own or only in
the response that is done. Until sound of their item has come they may be nothing that anybody hears.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.call import AgentSaid, AgentWrote
from gateway.realtime.bounded_dict import BoundedDict
from gateway.realtime.events.items import Item, Message

Words = Iterable[AgentSaid | AgentWrote]


@dataclass(slots=True)
class _Written:
    response_id: str
    item_id: str
    text: str


class AgentWords:
    """One session's. `sounded` tells whether sound of an item has come."""

    def __init__(self, sounded: Callable[[str], bool]) -> None:
        self._sounded = sounded
        self._pieces: BoundedDict[str] = BoundedDict(32)  # by item
        self._written: BoundedDict[_Written] = BoundedDict(32)  # by item and part: whole, and not told yet
        self._told: BoundedDict[None] = BoundedDict()

    def piece(self, item_id: str, delta: str) -> None:
        """Take a piece of what is being said."""
        self._pieces[item_id] = (self._pieces.get(item_id) or "") + delta

    def whole(self, response_id: str, item_id: str, part: int, text: str) -> Words:
        """Take all words of a part of an item."""
        key = f"{item_id}/{part}"
        if not text.strip() or key in self._told:
            return ()
        self._written[key] = _Written(response_id, item_id, text.strip())
        return self._tell([key]) if self._sounded(item_id) else ()

    def of_item(self, response_id: str, item: Item) -> Words:
        """Take the words of a finished item, where no event of their own told them."""
        if isinstance(item, Message) and item.id:
            for part, content in enumerate(item.content):
                yield from self.whole(response_id, item.id, part, content.transcript or content.text or "")

    def ended(self, response_id: str) -> Words:
        """Tell the words of a response of which no more sound will come."""
        return self._tell([key for key, one in self._written.items() if one.response_id == response_id])

    def unfinished(self) -> dict[str, str]:
        """Return what is known of words that were not told yet, by item."""
        whole = {one.item_id: one.text for _, one in self._written.items()}
        return dict(self._pieces.items()) | whole

    def so_far(self) -> Words:
        """Tell what was said of items that are not finished, and never will be."""
        return [AgentSaid(item, text) for item, text in self.unfinished().items() if self._sounded(item)]

    def _tell(self, keys: Iterable[str]) -> Words:
        for key in keys:
            if (one := self._written.pop(key)) is None:
                continue
            self._told[key] = None
            self._pieces.pop(one.item_id)
            if self._sounded(one.item_id):
                yield AgentSaid(one.item_id, one.text)
            else:
                yield AgentWrote(one.response_id, one.item_id, one.text)
