"""What happens on a call's line, logged as it happens, for whoever watches a terminal."""

from __future__ import annotations

import structlog

from gateway.call import (
    Answered,
    CallInfo,
    Digit,
    Fact,
    Held,
    Order,
    OutsideOrder,
    RecordingChanged,
    Resumed,
    TransferBegan,
    TransferEnded,
)

log = structlog.get_logger(__name__)

MOST_KEYS = 50
"""Keys of one call that are logged one by one: whoever presses more may do so for the log's sake."""
MOST_HOLDS = 50
"""The same for the beginnings and ends of holds."""
MOST_ORDERS = 50
"""The same for what others order of a call."""


class LineLog:
    """A listener. Keys can be somebody's PIN: which one it was is logged only if `shows_keys`.

    And not while a recording is paused: nothing of that is to be kept.
    """

    hears = frozenset(
        (Answered, Held, Resumed, Digit, RecordingChanged, OutsideOrder, TransferBegan, TransferEnded)
    )
    """See `ListenerGroup`."""

    def __init__(self, info: CallInfo, *, shows_keys: bool) -> None:
        self._log = log.bind(call=info.id)
        self._shows_keys = shows_keys
        self._confidential = False
        self._keys = 0
        self._holds = 0
        self._held = False
        self._orders = 0

    def __call__(self, event: Fact | Order, _now: float) -> None:
        """Listen to one fact or order."""
        match event:
            case Answered():
                self._log.info("call.answered")
            case Held() | Resumed():
                self._hold(event)
            case Digit():
                self._key(event)
            case RecordingChanged():
                self._confidential = event.to == "paused"
            case OutsideOrder():
                self._ordered(event)
            case TransferBegan():
                self._log.info("transfer.began", target=event.target, mode=event.mode)
            case TransferEnded():
                self._log.info(
                    "transfer.ended", target=event.target, outcome=event.outcome.value, status=event.status
                )
            case _:
                pass

    def _hold(self, event: Held | Resumed) -> None:
        held = isinstance(event, Held)
        if held is self._held:  # told again to the next action of the call
            return
        self._held = held
        self._holds += 1
        if self._holds > MOST_HOLDS:
            return
        if held:
            self._log.info("call.held", by="us" if event.ours else "caller")
        else:
            self._log.info("call.resumed")

    def _ordered(self, given: OutsideOrder) -> None:
        self._orders += 1
        if self._orders <= MOST_ORDERS:
            self._log.info("call.ordered", by=given.by, order=given.order)

    def _key(self, key: Digit) -> None:
        self._keys += 1
        if self._keys <= MOST_KEYS:
            told = self._shows_keys and not self._confidential
            self._log.info("call.key", **({"digit": key.digit} if told else {}))
