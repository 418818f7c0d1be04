"""What the end of a call is called, by the status that PJSIP saw last. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.call import REDIRECTED, Ending, Reason, Result, TransferOutcome, outcome_of

CALLER_HUNG_UP = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
CALLEE_HUNG_UP = Ending(Result.COMPLETED, Reason.CALLEE_HUNG_UP)
CALLER_CANCELLED = Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)
NOTHING_LEFT = Ending(Result.REJECTED, Reason.OVERLOADED, 503)
"""No RTP port or descriptor is left."""

NO_CODEC = Ending(Result.REJECTED, Reason.NOT_ACCEPTABLE, 488)
"""The plan of the call wants codecs that the caller has not offered."""

NO_MEDIA = Ending(Result.FAILED, Reason.NO_MEDIA)
UNACKNOWLEDGED = Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 408)
"""Nobody has acknowledged our 200."""

_Q850 = re.compile(r"\bQ\.850\s*;[^,]*?\bcause\s*=\s*([0-9]{1,3})\b", re.IGNORECASE)
_CANCELLED, _UNSPOKEN = 487, (415, 488)
_NOT_ANSWERED = {
    TransferOutcome.BUSY: (Result.REJECTED, Reason.BUSY),
    TransferOutcome.REFUSED: (Result.REJECTED, Reason.REFUSED),
    TransferOutcome.NO_ANSWER: (Result.FAILED, Reason.NO_ANSWER),
    TransferOutcome.UNREACHABLE: (Result.FAILED, Reason.UNREACHABLE),
}


def caller_ending(accepted: bool, status: int) -> Ending:
    """Name an end that a caller made; one who says BYE before the answer, cancels (RFC 3261 section 15)."""
    if status < 300:
        return CALLER_HUNG_UP if accepted else CALLER_CANCELLED
    if accepted:
        return _lost(status)
    if status == _CANCELLED:
        return CALLER_CANCELLED
    if status in _UNSPOKEN:
        return Ending(Result.REJECTED, Reason.NOT_ACCEPTABLE, status)
    return _lost(status)


def callee_ending(confirmed: bool, status: int) -> Ending:
    """Name an end that the one made whom we called: he can refuse, redirect and hang up, but not cancel."""
    if confirmed:
        return CALLEE_HUNG_UP if status < 300 else _lost(status)
    if 300 <= status < 400:
        return replace(REDIRECTED, status=status)
    if status < 300:  # BYE while it rang
        status = _CANCELLED
    result, reason = _NOT_ANSWERED[outcome_of(status)]
    return Ending(result, reason, status)


def q850(reason: str) -> int | None:
    """Return the cause of ITU-T Q.850 in a Reason header (RFC 3326 section 2); None if there is none."""
    found = _Q850.search(reason)
    return int(found[1]) if found else None


def _lost(status: int) -> Ending:
    """Name an end that nobody wanted: session timer, lost ACK."""
    return Ending(Result.FAILED, Reason.SIGNALLING_FAILED, status)
