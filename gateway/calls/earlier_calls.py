"""A caller's earlier calls, looked up while the phone rings: `history: {calls, days}` of an agent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from gateway.call import AddText, CallInfo
from gateway.dialplan import Plan, numbers
from gateway.dialplan.model import EarlierCalls
from gateway.records.earlier_calls import as_text
from gateway.records.store.question import Question
from gateway.records.store.reader import RecordReader
from gateway.tasks import within

log = structlog.get_logger(__name__)

ANSWER_WITHIN_S = 0.5
"""Seconds that a caller's phone rings longer for it; then the agent knows nothing of earlier calls."""
REFUSED = 4
"""So many calls are looked at for each that is wanted: some were busy, or rang in vain."""


async def remember(reader: RecordReader, info: CallInfo, plan: Plan, wanted: EarlierCalls) -> AddText | None:
    """Return what the model is told of earlier calls of the same number in the same plan; None if nothing."""
    if numbers.address(info.caller.user, info.caller.host).anonymous:
        return None  # these are many people
    asked = Question(
        caller=info.caller.shown,
        plan=plan.name,
        over=True,
        since=datetime.now(UTC) - timedelta(days=wanted.days),
        most=wanted.calls * REFUSED,
    )
    try:
        async with within(ANSWER_WITHIN_S):
            found = await asyncio.wrap_future(reader.find(asked))
    except reader.errors as error:
        log.warning("call.no_history", error=str(error) or "too slow")
        return None
    talked = [record for record in found if record.talk_seconds]
    text = as_text(talked[: wanted.calls], ZoneInfo(plan.timezone))
    return AddText("system", text) if text else None
