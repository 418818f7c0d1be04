"""A call as others are told of it: a value, as it is at that moment."""

from __future__ import annotations

from gateway.calls.call import Call
from gateway.control import CallView


def view_of(call: Call, node: str = "") -> CallView:
    """Return what others are told of a call, as it is now; `node`: the name of this process."""
    action = None if call.plan is None else type(call.plan.action).__name__.lower()
    counts, cost = call.summary.counts, call.summary.cost
    return CallView(
        id=call.info.id,
        sip_call_id=call.info.sip_call_id,
        caller=call.info.caller,
        called=call.info.called,
        source=call.info.source,
        direction=call.info.direction,
        trunk=call.info.trunk,
        state=call.state,
        plan=call.last_plan,
        first_plan=call.first_plan,
        action=action,
        since=call.since,
        seconds=call.seconds,
        talk_seconds=call.talk_seconds,
        turns=counts["turns"],
        barge_ins=counts["barge_ins"],
        digits=counts["digits"],
        tools=counts["tools"],
        cost_usd=cost,
        media=call.leg.statistics(),
        levels=call.leg.levels(),
        turn_ms=call.summary.turn_delays.last_ms,
        muted=call.summary.muted,
        recording=_recording(call),
        node=node,
    )


def _recording(call: Call) -> str | None:
    if call.recording is None or not call.recording.begun:
        return None
    return "on" if call.recording.on else "paused"
