"""What follows from each thing that can go wrong with a session: one table, nothing left to chance.

Codes come in `error` events, in `response.done` with status failed, and in the reasons of closed connections.
Vendors put them in `code` or in `type`: both are looked at.
"""

from __future__ import annotations

from enum import Enum

from gateway.realtime.events.response import ErrorBody


class Reaction(Enum):
    """What to do about a failure."""

    IGNORE = "ignore"
    """A race that cannot be avoided, such as cancelling what has just ended."""
    REPORT = "report"
    """We or the plan are wrong: tell it loudly; the session goes on as it was."""
    AWAIT = "await"
    """A response is active: ask again when it is done."""
    WITHOUT_VOICE = "without voice"
    """The update was dropped whole because of its voice: send it again without."""
    RETRY = "retry"
    """The server stumbled: ask for the response once more, then for a new session."""
    BACK_OFF = "back off"
    """The account's limit is reached for the moment: wait, then ask again."""
    RENEW = "renew"
    """This session is of no more use: open another one."""
    FATAL = "fatal"
    """Neither waiting nor another session at this provider can help."""


TABLE = {
    # races
    "response_cancel_not_active": Reaction.IGNORE,
    "item_truncate_invalid_item_id": Reaction.IGNORE,
    "item_delete_invalid_item_id": Reaction.IGNORE,
    "item_retrieve_invalid_item_id": Reaction.IGNORE,
    "item_create_duplicate_item_id": Reaction.IGNORE,
    "input_audio_buffer_commit_empty": Reaction.IGNORE,
    "conversation_already_has_active_response": Reaction.AWAIT,
    # mistakes of ours or of a plan
    "unknown_parameter": Reaction.REPORT,
    "missing_required_parameter": Reaction.REPORT,
    "invalid_value": Reaction.REPORT,
    "invalid_event": Reaction.REPORT,
    "invalid_type": Reaction.REPORT,
    "invalid_json": Reaction.REPORT,
    "cannot_update_voice": Reaction.WITHOUT_VOICE,
    # the server's own trouble
    "server_error": Reaction.RETRY,
    "internal_error": Reaction.RETRY,
    "rate_limit_exceeded": Reaction.BACK_OFF,
    "inference_rate_limit_exceeded": Reaction.BACK_OFF,
    "session_expired": Reaction.RENEW,
    # nothing helps
    "invalid_api_key": Reaction.FATAL,
    "insufficient_quota": Reaction.FATAL,
    "credit_balance_exhausted": Reaction.FATAL,
    "account_deactivated": Reaction.FATAL,
    "billing_hard_limit_reached": Reaction.FATAL,
    "model_not_found": Reaction.FATAL,
    "beta_api_shape_disabled": Reaction.FATAL,
}
"""By error code. `integer_below_min_value`, `decimal_above_max_value` and their like are REPORT, as is what
nobody has seen yet."""

_TRANSIENT_STATUS = frozenset((408, 409, 425, 429))


def of_error(error: ErrorBody) -> Reaction:
    """Judge an error by code, then type, then the one message that comes without a code of its own."""
    for name in (error.code, error.type):
        if name in TABLE:
            # "Audio content of 40ms is already shorter than 125ms": a truncation beyond what was generated.
            if name == "invalid_value" and "already shorter than" in error.message:
                return Reaction.IGNORE
            return TABLE[name]
    return Reaction.IGNORE if "already shorter than" in error.message else Reaction.REPORT


def of_fault(code: str, message: str) -> Reaction:
    """Judge an error that is known by its code and its text."""
    return of_error(ErrorBody(code=code, message=message))


def of_code(code: str) -> Reaction:
    """Judge a bare code, such as that of a failed response."""
    return TABLE.get(code, Reaction.REPORT)


def of_status(status: int) -> Reaction:
    """Judge an HTTP status given instead of a WebSocket."""
    if status == 429:
        return Reaction.BACK_OFF
    if status in _TRANSIENT_STATUS or status >= 500:
        return Reaction.RENEW
    return Reaction.FATAL  # 400, 401, 403, 404: asking again changes nothing


def of_close(code: int | None, reason: str) -> Reaction:
    """Judge a closed connection: 4000 carries `invalid_request_error.<code>`; 3000 is a bad key."""
    named = TABLE.get(reason.rpartition(".")[2].strip())
    if named in (Reaction.FATAL, Reaction.BACK_OFF):
        return named
    return Reaction.FATAL if code in (3000, 3003) else Reaction.RENEW


def is_fatal(error: ErrorBody) -> bool:
    """Return whether an error ends all hope in this provider."""
    return of_error(error) is Reaction.FATAL
