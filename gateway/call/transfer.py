"""A call that goes on with somebody else: what is told of it, and how it can come out. Immutable values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.call.destination import Destination


@dataclass(frozen=True, slots=True)
class Ringing:
    """The phone that we called rings (180), or is about to (183).

    `sounds`: what it, or the network in front of it, plays before the answer is heard from now on.
    """

    status: int = 180
    sounds: bool = False


@dataclass(frozen=True, slots=True)
class ReferProgress:
    """What the far side tells of the call that `Refer` asked it to make (RFC 3515 section 2.4.4).

    100 once it has agreed to; then the statuses of that call. One of 200 or more is the last; of a far side
    that does not agree at all it is its own refusal.
    """

    status: int


@dataclass(frozen=True, slots=True)
class ReferAsked:
    """The far side asks us to go on with somebody else (REFER), whom its trunk lets it name.

    It waits for `AnswerRefer`.
    """

    to: Destination


@dataclass(frozen=True, slots=True)
class ReferFollowed:
    """How it came out that we called somebody else for the far side: the final status of that call.

    Of 200 to 299 this leg is theirs from now on; else it is with who has asked for it, or over.
    """

    to: Destination
    status: int


ReferFact = ReferProgress | ReferAsked | ReferFollowed


class TransferOutcome(StrEnum):
    """How a transfer came out. A closed set, so that it can be counted."""

    TRANSFERRED = "transferred"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    """By the target, or by the caller's side, which makes no calls for us."""
    UNREACHABLE = "unreachable"
    """Nobody answers there, or there is no such number."""
    CALLER_LEFT = "caller_left"
    STOPPED = "stopped"
    """Somebody has moved or ended the call meanwhile."""

    @property
    def failed(self) -> bool:
        """Whether the caller is still ours."""
        return self not in (TransferOutcome.TRANSFERRED, TransferOutcome.CALLER_LEFT)


_BY_STATUS = {
    404: TransferOutcome.UNREACHABLE,
    408: TransferOutcome.NO_ANSWER,
    410: TransferOutcome.UNREACHABLE,
    480: TransferOutcome.NO_ANSWER,
    484: TransferOutcome.UNREACHABLE,
    486: TransferOutcome.BUSY,
    487: TransferOutcome.NO_ANSWER,
    600: TransferOutcome.BUSY,
    604: TransferOutcome.UNREACHABLE,
}


def outcome_of(status: int) -> TransferOutcome:
    """Return what the final status of a call, 200 to 699, means for whoever waits for it."""
    if 200 <= status < 300:
        return TransferOutcome.TRANSFERRED
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return TransferOutcome.UNREACHABLE if status >= 500 and status != 603 else TransferOutcome.REFUSED


@dataclass(frozen=True, slots=True)
class TransferBegan:
    """The call is to go on with somebody else: a target of the plan, and how. For listeners alone."""

    target: str
    mode: str


@dataclass(frozen=True, slots=True)
class TransferEnded:
    """How that came out; `status` is the last that SIP said of it, 0 if nothing. For listeners alone."""

    target: str
    outcome: TransferOutcome
    status: int = 0
    back: bool = False
    """They have talked, the target has hung up, and the caller is with the agent again."""


TransferFact = TransferBegan | TransferEnded
