"""Requests for a response, each answered once: the one on its way, the one held back, what they are about.

There can be but one response at a time, a server begins responses by itself, and what we send crosses them on
the wire. It confirms each item and each turn that it takes, in order with all else it says: a response that
begins before that does not know the item. One that knows all answers whatever was to be asked. Pure.
"""

from __future__ import annotations

from gateway.realtime.error_policy import Reaction
from gateway.realtime.events.client import ClientEvent, InputAudioCommit, ItemCreate, ResponseCreate
from gateway.realtime.events.items import FunctionCallOutput, Item, Message
from gateway.short_queue import ShortQueue

MOST = 32
"""Items remembered; a server that confirms none of them has read the oldest by then."""
TURN = "turn"


class ResponseRequests:
    """One session's, out-of-band ones apart."""

    def __init__(self) -> None:
        self.unread = Unread()
        self._asked: ResponseCreate | None = None  # sent, not yet answered by `response.created`
        self._held: ResponseCreate | None = None  # waits for the active response to end
        self._overtaken: ResponseCreate | None = None  # sent, when one began that does not know what for
        self._repeated = False
        self._cancelled = False  # the active response is, and may never be told to have ended

    def asks(self, request: ResponseCreate, *, active: bool) -> bool:
        """Take a request; return whether it is to be sent now. `active`: a response is being made."""
        if active and not self._cancelled:
            self._held = request
            return False
        self._asked, self._repeated = request, False
        return True

    def cancelled(self) -> None:
        """The active response is not wanted, and none that was to follow it."""
        self._held, self._cancelled = None, True

    def started(self) -> bool:
        """A response began, asked for or not; return whether it knows all that the model was told."""
        self._cancelled = False
        knows_all = not self.unread
        self._overtaken = None if knows_all else self._asked
        self._asked = None
        if knows_all:
            self._held = None
        return knows_all

    def ended(self, *, active: bool) -> ResponseCreate | None:
        """A response ended; return what is to be asked now. `active`: another has begun."""
        self._overtaken, self._cancelled = None, False
        if active:
            return None
        held, self._held = self._held, None
        return held

    def refused(self, reaction: Reaction) -> ResponseCreate | None:
        """Something was refused, which calls for this reaction; return what is to be sent again."""
        if reaction is Reaction.AWAIT:
            self._held = self._asked or self._overtaken or self._held
            self._asked = self._overtaken = None
        elif reaction is Reaction.RETRY and not self._repeated:
            self._repeated = self._asked is not None
            return self._asked
        return None


class Unread:
    """What the model was told and has perhaps not read."""

    def __init__(self) -> None:
        self._sent = ShortQueue[str](MOST)
        self._confirms = False  # not every server does

    def __bool__(self) -> bool:
        """Return whether something is unread. A server that confirms nothing is taken to have read all."""
        return self._confirms and bool(self._sent)

    @property
    def waits(self) -> bool:
        """Whether something that was sent is not confirmed yet."""
        return bool(self._sent)

    def sent(self, event: ClientEvent) -> None:
        """An event goes to the server."""
        match event:
            case ItemCreate():
                self._sent.append(_name(event.item))
            case InputAudioCommit():
                self._sent.append(TURN)

    def confirmed(self, item: Item) -> None:
        """The server has taken an item, whoever made it."""
        self._take(_name(item))

    def committed(self) -> None:
        """The server has taken a turn of the caller's."""
        self._take(TURN)

    def _take(self, name: str) -> None:
        """Cross out this and all before it: they are confirmed in order."""
        if name in self._sent:
            self._confirms = True
            while self._sent.popleft() != name:
                pass


def _name(item: Item) -> str:
    """Return what both sides know an item by: ids are given by the server."""
    if isinstance(item, FunctionCallOutput):
        return f"output {item.call_id}"
    if isinstance(item, Message):
        return f"{item.role} " + " ".join(part.text or part.type for part in item.content)
    return item.type
