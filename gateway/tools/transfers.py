"""A transfer that a function wants, as the model is told of it."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from gateway.call import ToolThen, TransferOutcome
from gateway.tools.live_call import CallAttendant
from gateway.tools.registry import ToolResult

_WHY = {
    TransferOutcome.BUSY: "they are busy",
    TransferOutcome.NO_ANSWER: "they did not answer",
    TransferOutcome.REFUSED: "they declined the call",
    TransferOutcome.UNREACHABLE: "they cannot be reached",
    TransferOutcome.STOPPED: "it was stopped",
}


async def put_through(
    attendant: CallAttendant | None,
    target: str,
    digits: str,
    summary: str,
    by: str,
    beside: Mapping[str, object] | None = None,
) -> ToolResult:
    """Put the caller through; returns how that came out, `beside` what else there is to tell.

    Raises OrderRefused where it may not be tried.
    """
    if attendant is None:
        return _told(beside, ToolThen.WAIT, transferred=True, note="tried without a call")
    ended = await attendant.transfer(target, digits, summary, by)
    if ended.outcome.failed:
        return _told(beside, ToolThen.SPEAK, transferred=False, why=_WHY[ended.outcome])
    if ended.back:
        note = "They have talked, and the caller is back with you."
        return _told(beside, ToolThen.SPEAK, transferred=True, note=note)
    return _told(beside, ToolThen.WAIT, transferred=True)


def _told(beside: Mapping[str, object] | None, then: ToolThen, **result: object) -> ToolResult:
    return ToolResult(orjson.dumps({**(beside or {}), **result}).decode(), then)
