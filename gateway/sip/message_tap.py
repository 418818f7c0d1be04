"""Every SIP message that comes or goes, for whoever keeps them: copied in C++, taken every few seconds.

What proves who somebody is (Authorization), and the keys of the audio, are for nobody: see `cleaned`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

Taken = tuple[float, bool, str, str, str, bytes]
"""A message as it was taken: Unix seconds, whether it came in, transport, peer, our place, text."""

_SECRET = re.compile(rb"(?im)^((?:proxy-)?authorization[ \t]*:)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_KEY = re.compile(rb"(?im)^(a=crypto:[^\r\n]*inline:)[^\s|\r\n]+")
_CALL_ID = re.compile(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*([^\s]+)")


@dataclass(frozen=True, slots=True)
class SipMessage:
    """A message as it was on the wire, without what nobody may read."""

    at: float
    """Unix seconds."""
    came_in: bool
    """False: it went."""
    transport: str
    """UDP, TCP or TLS."""
    peer: str
    """The other side, `ip:port`; `local`: ours."""
    local: str
    call_id: str
    """Of the dialog or transaction that it belongs to (RFC 3261 section 20.8); empty: it names none."""
    text: bytes


class MessageSink(Protocol):
    """Takes messages on the SIP thread, which must not wait: what there is to do is done elsewhere."""

    def take(self, messages: Sequence[Taken], lost: int) -> None:
        """Take some, the oldest first; `lost`: so many are missing before. Whoever keeps one, cleans it."""

    def close(self) -> None:
        """There will be no more."""


class MessageTap:
    """Gives what `take` returns, whenever it is looked at, to those who keep messages."""

    def __init__(
        self, take: Callable[[], tuple[Sequence[Taken], int]], sinks: tuple[MessageSink, ...]
    ) -> None:
        self._take = take
        self._sinks = sinks

    def look(self, _now: float) -> None:
        """Pass on what came and went since the last look."""
        messages, lost = self._take()
        if lost:
            log.warning("sip.messages_lost", messages=lost)
        if messages or lost:
            for sink in self._sinks:
                sink.take(messages, lost)

    def close(self) -> None:
        """Pass on the last of it."""
        self.look(0.0)
        for sink in self._sinks:
            sink.close()


def cleaned(at: float, came_in: bool, transport: str, peer: str, local: str, text: bytes) -> SipMessage:
    """Return a message without its secrets."""
    text = _KEY.sub(rb"\1...", _SECRET.sub(rb"\1 ...", text))
    found = _CALL_ID.search(text.partition(b"\r\n\r\n")[0])
    call_id = found[1].decode("utf-8", "replace") if found else ""
    return SipMessage(at, came_in, transport, peer, local, call_id, text)
