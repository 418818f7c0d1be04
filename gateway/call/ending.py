"""How a call ends: a result to count, a reason to alarm on, a SIP status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """How a call ended, coarsely: the first thing an operator counts."""

    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a call ended. A closed set, so that it can be counted and alarmed on."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    OPERATOR_HUNG_UP = "operator_hung_up"
    PLAN_FINISHED = "plan_finished"
    TRANSFERRED = "transferred"
    TARGET_HUNG_UP = "target_hung_up"
    CALLER_CANCELLED = "caller_cancelled"
    CALLEE_HUNG_UP = "callee_hung_up"
    """Whom we called has, after the answer; the next three: they have not answered."""
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    MACHINE_ANSWERED = "machine_answered"
    MESSAGE_LEFT = "message_left"
    NO_PLAN = "no_plan"
    REJECTED_BY_PLAN = "rejected_by_plan"
    REDIRECTED = "redirected"
    BUSY = "busy"
    OVERLOADED = "overloaded"
    DRAINING = "draining"
    NOT_ACCEPTABLE = "not_acceptable"
    UNCLEAR = "unclear"
    NO_MEDIA = "no_media"
    MAX_DURATION = "max_duration"
    MAX_SILENCE = "max_silence"
    MAX_HOLD = "max_hold"
    ECHO = "echo"
    MAX_COST = "max_cost"
    DAY_LIMIT = "day_limit"
    SESSION_UNAVAILABLE = "session_unavailable"
    SESSION_LOST = "session_lost"
    SIGNALLING_FAILED = "signalling_failed"
    SHUTDOWN = "shutdown"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Ending:
    """The one end of a call. `status` is the SIP status of a call that was never answered, else 200."""

    result: Result
    reason: Reason
    status: int = 200


SHUTDOWN = Ending(Result.COMPLETED, Reason.SHUTDOWN)
"""The process stops, and the call's grace is over."""
TRANSFERRED = Ending(Result.COMPLETED, Reason.TRANSFERRED)
"""The call goes on without us, with somebody else."""
REDIRECTED = Ending(Result.REJECTED, Reason.REDIRECTED, 302)
"""The caller is sent elsewhere."""
