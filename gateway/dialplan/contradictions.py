"""Keys of a plan that have no effect because of another one: each alone is right, together they mislead."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.dialplan.model import Agent, NoDetection, Plan, PushToTalk
from gateway.dialplan.problems import Remark


def contradictions(plan: Plan) -> Iterator[Remark]:
    """Yield a warning for each; only what a file says counts, not what holds by default."""
    yield from _greeting(plan)
    yield from _barge_in(plan)
    yield from _limits(plan)
    if plan.record is not None and plan.announce is not None:
        cure = "an announcement is all that is recorded: nobody answers what callers say to it"
        yield Remark(("record",), None, cure, warning=True)
    if plan.agent is not None:
        yield from _agent(plan, plan.agent)


def _remark(section: str, key: str, value: object, cure: str) -> Remark:
    return Remark((section, key), value, cure, warning=True)


def _greeting(plan: Plan) -> Iterator[Remark]:
    answer = plan.answer
    if answer.speaks_first == "caller":
        for key in ("greeting", "greeting_cached", "interruptible"):
            value = getattr(answer, key)
            if key in answer.model_fields_set and value not in (None, False):
                yield _remark("answer", key, value, "no effect: the caller speaks first (speaks_first)")
    elif answer.greeting_cached and answer.greeting is None:
        yield _remark("answer", "greeting_cached", True, "no effect without greeting: whose words are kept?")


def _barge_in(plan: Plan) -> Iterator[Remark]:
    barge_in = plan.barge_in
    if barge_in.enabled:
        if "far_voices" in barge_in.model_fields_set and barge_in.backchannels == "interrupt":
            cure = "no effect: whatever is said stops the agent (backchannels: interrupt)"
            yield _remark("barge_in", "far_voices", barge_in.far_voices, cure)
        return
    for key in ("ignore_first_ms", "detector", "backchannels", "far_voices"):
        if key in barge_in.model_fields_set and getattr(barge_in, key) not in (0, "session"):
            yield _remark("barge_in", key, getattr(barge_in, key), "no effect: enabled is false")


def _limits(plan: Plan) -> Iterator[Remark]:
    limits = plan.limits
    for key in ("max_silence", "max_hold"):
        if {key, "max_duration"} <= limits.model_fields_set and getattr(limits, key) >= limits.max_duration:
            yield _remark("limits", key, None, "no effect: max_duration ends the call before")


def _agent(plan: Plan, agent: Agent) -> Iterator[Remark]:
    ours = isinstance(agent.turn_detection, NoDetection | PushToTalk)
    if ours and plan.barge_in.detector == "duck":
        kind = agent.turn_detection.type
        cure = f"no effect: with turn_detection {kind} the gateway itself notices the caller"
        yield _remark("barge_in", "detector", "duck", cure)
    if agent.transcription is None:
        yield from _without_words(plan)
    has_tools = bool(agent.tools or agent.webhooks or agent.mcp)
    for label, server in agent.mcp.items():
        if server.approval != "never" and agent.transcription is None:
            cure = "callers can agree by the key 1 alone: a yes is read in their transcription, which is null"
            yield Remark(("agent", "mcp", label, "approval"), None, cure, warning=True)
    if agent.tool_choice == "none" and has_tools:
        cure = "no function is ever called: remove tools, or tool_choice"
        yield _remark("agent", "tool_choice", "none", cure)
    if agent.parallel_tool_calls is not None and not has_tools:
        yield _remark("agent", "parallel_tool_calls", agent.parallel_tool_calls, "no effect without tools")


def _without_words(plan: Plan) -> Iterator[Remark]:
    cure = "no effect: nobody knows what the caller said, agent.transcription is null"
    for key in ("backchannels", "far_voices"):
        if key in plan.barge_in.model_fields_set and getattr(plan.barge_in, key) == "ignore":
            yield _remark("barge_in", key, "ignore", cure)
    if "patience" in plan.turn_end.model_fields_set and plan.turn_end.patience is not None:
        yield _remark("turn_end", "patience", None, cure)
