"""The hot path in Python, step by step: what happens fifty times a second in every call, without a network.

Each figure is the best of a few rounds: what the step costs, not what else the machine was doing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.call import AgentAudio, Answered, ResponseStarted, SessionReady, Tick
from gateway.conversation.machine import Conversation, Policy
from gateway.realtime.backlog import Backlog
from gateway.realtime.events.wire import AudioDeltaFrames, append_frame, audio_delta
from gateway.records.summary import Summary
from tests.bench.figures import Figure
from tests.conversation.followed_leg import FollowedLeg
from tests.equipment import tone

ROUNDS = 7
RATE = 24_000
CALLER = tone.sine(300, 20, rate=RATE).tobytes()
AGENT = tone.sine(300, 200, rate=RATE).tobytes()
"""A delta of the embedded server: 200 ms, 12.8 kB of base64."""


async def run() -> list[Figure]:
    """Measure every step."""
    frame = AudioDeltaFrames("resp_1", "item_1").frame("event_1", AGENT)
    backlog = Backlog()
    steps: dict[str, Callable[[], object]] = {
        "caller audio: backlog and append frame, 20 ms": lambda: _append(backlog),
        "agent audio: read a delta of 200 ms": lambda: audio_delta(frame),
        "conversation: agent audio": _agent_speaks(),
        "conversation: a tick": _nothing_happens(),
        "summary: agent audio": _sums_up(),
    }
    return [Figure("hot path", name, _microseconds(step), "us") for name, step in steps.items()]


def _microseconds(step: Callable[[], object], count: int = 5000) -> float:
    rounds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(count):
            step()
        rounds.append((time.perf_counter() - begin) / count * 1e6)
    return min(rounds)


def _append(backlog: Backlog) -> bytes:
    backlog.put(CALLER)
    return append_frame(backlog.take())


def _talking() -> Conversation:
    conversation = Conversation(Policy(max_duration=1e9, max_silence=1e9), FollowedLeg(0.0))
    for fact in (SessionReady(), Answered(), ResponseStarted("resp_1")):
        conversation.step(fact, 0.0)
    return conversation


def _agent_speaks() -> Callable[[], object]:
    conversation, fact = _talking(), AgentAudio("resp_1", "item_1", AGENT)
    return lambda: conversation.step(fact, 1.0)


def _nothing_happens() -> Callable[[], object]:
    conversation, fact = _talking(), Tick()
    return lambda: conversation.step(fact, 1.0)


def _sums_up() -> Callable[[], object]:
    summary, fact = Summary(0.0), AgentAudio("resp_1", "item_1", AGENT)
    return lambda: summary(fact, 1.0)
