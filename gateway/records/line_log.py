"""What happens on a call's line, logged as it happens, for whoever watches a terminal."""

from __future__ import annotations

import structlog

from gateway.call import Answered, CallInfo, Digit, Fact, Order

log = structlog.get_logger(__name__)

MOST_KEYS = 50
"""Keys of one call that are logged one by one: whoever presses more may do so for the log's sake."""


class LineLog:
    """A listener. Keys can be somebody's PIN: which one it was is logged only if `shows_keys`."""

    def __init__(self, info: CallInfo, *, shows_keys: bool) -> None:
        self._log = log.bind(call=info.id)
        self._shows_keys = shows_keys
        self._keys = 0

    def __call__(self, event: Fact | Order, _now: float) -> None:
        """Listen to one fact or order."""
        match event:
            case Answered():
                self._log.info("call.answered")
            case Digit():
                self._key(event)
            case _:
                pass

    def _key(self, key: Digit) -> None:
        self._keys += 1
        if self._keys <= MOST_KEYS:
            self._log.info("call.key", **({"digit": key.digit} if self._shows_keys else {}))
