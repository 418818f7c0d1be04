"""A way for the caller's audio to a model past Python, taken while nobody has to look at each piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class DirectLink(Protocol):
    """A model's socket that audio can be brought to: see `gateway.media.model_link`."""

    def release(self) -> None:
        """Bring no more audio there."""


class Uplink:
    """How a session hears the caller, and the way there past Python if there is one (`link`).

    Offered by a session, piece by piece, as the answer to a piece of audio; taken by a leg.

    Whoever stands between the two offers it on, or does not, and then has the next piece as well. Whoever
    wants pieces again releases it. What was sent is told a little later, in larger pieces, and at the latest
    when it is released: of all that was said, nothing is missing and nothing comes twice.
    """

    def __init__(self, link: DirectLink | None, wire: str = "pcm") -> None:
        self.link = link
        self.wire = wire
        """What the session hears: `pcm` (24 kHz), `pcmu` or `pcma`."""
        self.on_sent: Callable[[bytes], None] = _nobody
        """Hears what was sent (PCM16LE 24 kHz)."""
        self._account: Callable[[], None] = _nothing

    def taken(self, account: Callable[[], None]) -> None:
        """Audio goes this way now; `account` tells at once what was sent and not told yet."""
        self._account = account

    def account(self) -> None:
        """Have told what was sent so far."""
        self._account()

    def use(self, wire: str | None) -> None:
        """Have the session hear so from now on: if that is new, what went past comes in pieces first."""
        if wire != self.wire:
            self.release()
            self.wire = wire or "pcm"

    def release(self) -> None:
        """Have the next audio in pieces again. Idempotent."""
        if self.link is not None:
            self.link.release()
        self._account()
        self.on_sent, self._account = _nobody, _nothing


def _nobody(_pcm: bytes) -> None:
    pass


def _nothing() -> None:
    pass
