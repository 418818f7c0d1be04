"""The contract of a model's socket, past Python: callers' audio goes there, and what the model says is heard.

`_port` (C++) keeps it; portable mode has no links.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class LinkNews(Protocol):
    """What the links of a plane have to tell, all of them at one go."""

    @property
    def descriptor(self) -> int:
        """Readable when links have something to tell."""

    def tell(self) -> None:
        """Have them tell it: see `ModelLink.listen`."""


Heard = bytes | tuple[str, str, bytes]
"""Of what a model says: whole frames as they came, or a piece of its voice (response, item and sound)."""


class ModelLink(Protocol):
    """A model's socket for whoever writes to it. Made by `MediaPlane.link`.

    The caller's audio can be brought there without Python (`MediaPort.send_to`), a message a tick, as
    `input_audio_buffer.append` in PCM16LE at the port's rate, or in G.711. As soon as the socket takes no
    more the link gives that up, and `MediaPort.read` has what was not sent.
    """

    @property
    def pending(self) -> int:
        """Bytes written that the socket did not take yet; they are tried again at each tick."""

    def write(self, data: bytes) -> None:
        """Write whole frames of the protocol; nothing of another writer gets between. Never blocks."""

    @property
    def news(self) -> LinkNews:
        """Whoever listens has to look after it."""

    @property
    def came(self) -> float:
        """When something came last, told or not, in seconds of CLOCK_MONOTONIC; 0.0 if nothing was read."""

    def listen(self, before: bytes, told: Callable[[list[Heard], bool], None]) -> None:
        """Read what comes from now on; who has read so far reads no more. `before`: a frame's beginning.

        `told` is called by `news` with what was heard, in order, but for pongs without a payload. Pieces of a
        voice that come together are one, and wait for each other a moment while the caller has enough to
        hear. With the last it is True: the socket is at its end, or something is out of the ordinary, and who
        has read before is to go on.
        """

    def hush(self) -> list[Heard]:
        """Read no more; return what was not told, the beginning of a frame last. Idempotent."""

    def release(self) -> None:
        """Bring no more audio. Idempotent."""

    def finish(self) -> None:
        """Send FIN after what waits."""

    def close(self) -> None:
        """Release, forget what waits, and let go of the socket. Idempotent."""
