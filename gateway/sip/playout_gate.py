"""Whether what is played to a call leaves, or waits: nobody is spoken to who has not answered. SIP thread."""

from __future__ import annotations

from gateway.media.media_port import MediaPort


class PlayoutGate:
    """One call's. `calls`: it is one that we make, and nobody has answered yet."""

    def __init__(self, port: MediaPort, *, calls: bool) -> None:
        self._port = port
        self._calls = calls
        self._withheld = False
        if calls:
            port.wait(on=True)

    def answered(self) -> None:
        """They have: in time for the first packet after the ACK, which follows."""
        self._calls = False
        self._port.wait(on=self._withheld)

    def withhold(self, *, on: bool) -> None:
        """Let it wait for another reason, or no longer."""
        self._withheld = on
        self._port.wait(on=on or self._calls)
