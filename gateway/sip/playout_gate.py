"""Whether what is played to a call leaves, or waits: nobody is spoken to who does not hear yet. SIP thread.

A phone, or a trunk behind it, may open its ear at the ACK, which comes a round trip after the 200 that says
that we speak: what was said in between would be lost. Most phones hear at once; so the wait is short.
"""

from __future__ import annotations

from gateway.media.media_port import MediaPort

ACK_WITHIN_MS = 300
"""What the first word waits for the ACK at most."""


class PlayoutGate:
    """One call's. `calls`: it is one that we make, and nobody has answered yet."""

    def __init__(self, port: MediaPort, *, calls: bool) -> None:
        self._port = port
        self._calls = calls
        self._withheld = False
        if calls:
            port.wait(on=True)

    def accepts(self, *, hears: bool) -> None:
        """200 is about to leave; `hears`: to a caller who was given early media, and hears."""
        if not hears:
            self._port.wait(on=True, at_most_ms=ACK_WITHIN_MS)

    def answered(self) -> None:
        """There is somebody: in time for the first packet after the ACK, which follows or has come."""
        self._calls = False
        self._port.wait(on=self._withheld)

    def withhold(self, *, on: bool) -> None:
        """Let it wait for another reason, or no longer."""
        self._withheld = on
        self._port.wait(on=on or self._calls)
