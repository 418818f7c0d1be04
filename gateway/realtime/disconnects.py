"""What ended a connection, or kept it from being made, as `SessionLost`."""

from __future__ import annotations

import ssl

import orjson
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI

from gateway.call import SessionLost
from gateway.realtime import error_policy
from gateway.realtime.connect import MAX_FRAME
from gateway.realtime.error_policy import Reaction
from gateway.realtime.events.response import ErrorBody


def of_connect(error: Exception, host: str) -> SessionLost:
    """Judge why a connection could not be made. No message repeats the URL: it may carry a token."""
    match error:
        case InvalidStatus():
            return _refused(error)
        case InvalidURI():
            return SessionLost("invalid_url", f"this is no WebSocket address: {host}", fatal=True)
        case ssl.SSLCertVerificationError():
            return SessionLost("tls_certificate", f"{host}: {error.verify_message}", fatal=True)
        case TimeoutError():
            return SessionLost("connect_timeout", f"{host}: no answer in time")
        case _:
            return SessionLost("connect_failed", f"{host}: {error}")


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
    return code == "http_429" or error_policy.of_code(code) is Reaction.BACK_OFF


def _refused(error: InvalidStatus) -> SessionLost:
    """Judge an HTTP answer: its body may say more than its status, as with 429 for an empty account."""
    status = error.response.status_code
    told = _told(error.response.body or b"")
    if told is not None and told.code and error_policy.of_error(told) is Reaction.FATAL:
        return SessionLost(told.code, told.message, fatal=True)
    fatal = error_policy.of_status(status) is Reaction.FATAL
    code = told.code if told is not None and told.code else f"http_{status}"
    return SessionLost(code, told.message if told is not None else f"refused with {status}", fatal)


def _told(body: bytes | bytearray) -> ErrorBody | None:
    """Read what a server says in the body of an HTTP answer, if it is in the usual shape."""
    try:
        answer = orjson.loads(body)
        return ErrorBody.model_validate(answer["error"])
    except (ValueError, KeyError, TypeError):  # pydantic's and orjson's errors are ValueErrors
        return None
