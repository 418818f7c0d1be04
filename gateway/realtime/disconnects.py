"""What ended a connection, as `SessionLost`; what keeps one from being made is `connect_failure`'s."""

from __future__ import annotations

from websockets.exceptions import ConnectionClosed

from gateway.call import SessionLost
from gateway.realtime import error_policy
from gateway.realtime.error_policy import Reaction
from gateway.realtime.model_connection import MAX_FRAME

ACCOUNT_FULL = "account_full"
"""There are as many sessions as the settings let the account have (`max_sessions`)."""


def of_close(error: ConnectionClosed) -> SessionLost:
    """Judge why a connection ended."""
    close = error.rcvd
    if close is None:
        sent = error.sent
        if sent is not None and sent.code == 1009:
            return SessionLost("frame_too_big", f"a frame above {MAX_FRAME >> 20} MiB")
        return SessionLost("connection_lost", sent.reason if sent is not None else "without a word")
    named = close.reason.rpartition(".")[2].strip()
    code = named if named in error_policy.TABLE else f"closed_{close.code}"
    fatal = error_policy.of_close(close.code, close.reason) is Reaction.FATAL
    return SessionLost(code, close.reason or f"closed with {close.code}", fatal)


def by_limit(code: str) -> bool:
    """Return whether a loss was due to the account's rate limit."""
    return code in ("http_429", ACCOUNT_FULL) or error_policy.of_code(code) is Reaction.BACK_OFF
