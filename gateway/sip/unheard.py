"""Says in the log why a caller is not heard, and what cures it: once a call, before anybody has to ask.

A caller's audio is taken from where he said it would come from; elsewhere it is a stranger's, and dropped. A
router in between, or a firewall, makes an honest caller look like one.
"""

from __future__ import annotations

import structlog

from gateway.media.media_port import Strangers

log = structlog.get_logger(__name__)

FEW = 5
"""Dropped packets that say nothing: the last ones of a call before, at a port that is ours now."""

LEARN = "GATEWAY_LEARN_SOURCE=true takes the audio of callers behind a router from where it comes"
LEARNS = "GATEWAY_LEARN_SOURCE is on, but this was not one stream from one address"
OPEN = "let UDP to the ports of GATEWAY_RTP in; behind a router set GATEWAY_PUBLIC_ADDRESS"


class Unheard:
    """One call's reasons. `learns`: the gateway learns where callers' audio comes from."""

    def __init__(self, call_id: str, *, learns: bool) -> None:
        self._log = log.bind(call=call_id)
        self._cure = LEARNS if learns else LEARN
        self._told = False

    def look(self, packets: int, strangers: Strangers | None, announced: str) -> None:
        """Look at what was heard and what was dropped so far; `announced` is where audio should come from."""
        if self._told or strangers is None or strangers.packets < FEW:
            return
        self._told = True
        seen = {"announced": announced, "seen": strangers.address, "dropped": strangers.packets}
        if packets:
            self._log.info("audio.stranger", **seen)
        else:
            self._log.warning("audio.dropped", **seen, cure=self._cure)

    def lost(self, strangers: Strangers | None, announced: str) -> None:
        """Say why the call is ended: no audio has come."""
        dropped = strangers.packets if strangers else 0
        seen = {"seen": strangers.address, "dropped": dropped} if strangers and dropped else {}
        cure = self._cure if dropped >= FEW else OPEN
        self._log.warning("audio.missing", announced=announced, **seen, cure=cure)
