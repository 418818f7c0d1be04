"""A way for the caller's audio to a model past Python, taken while nobody has to look at each piece."""

from __future__ import annotations

from typing import Protocol


class DirectLink(Protocol):
    """A model's socket that audio can be brought to: see `gateway.media.model_link`."""

    def release(self) -> None:
        """Bring no more audio there."""


class SoundKeeper(Protocol):
    """Whoever keeps what is sent, in case somebody asks for it: see `gateway.media.kept_sound`."""

    def put(self, pcm: bytes) -> None:
        """Keep this as well, PCM16LE at 24 kHz."""


class Uplink:
    """How a session hears the caller, and the way there past Python if there is one (`link`).

    Offered by a session, piece by piece, as the answer to a piece of audio; taken by a leg.

    Whoever stands between the two offers it on, or does not, and then has the next piece as well. Whoever
    wants pieces again releases it. Of all that was said, nothing is missing and nothing comes twice.
    """

    def __init__(self, link: DirectLink | None, wire: str = "pcm") -> None:
        self.link = link
        self.wire = wire
        """What the session hears: `pcm` (24 kHz), `pcmu` or `pcma`."""
        self.keepers: list[SoundKeeper] = []
        """They are given what goes this way, as it goes."""

    def keep(self, keeper: SoundKeeper) -> None:
        """Have what goes this way from now on kept there. Idempotent."""
        if keeper not in self.keepers:
            self.keepers.append(keeper)

    def use(self, wire: str | None) -> None:
        """Have the session hear so from now on: if that is new, what went past comes in pieces first."""
        if wire != self.wire:
            self.release()
            self.wire = wire or "pcm"

    def release(self) -> None:
        """Have the next audio in pieces again. Idempotent."""
        if self.link is not None:
            self.link.release()
