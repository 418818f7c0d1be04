"""Calls outlive their embedded agent: `python -m tests.proofs.killed_agent [CALLS] [TIMES]`.

Callers ask one question after the other; the agent is killed with -9 in the middle of that, again and again.
No call may be lost, and who has asked hears something within 5 s of the question's end: the answer, or a word
that it takes a moment. A new agent takes calls within 3 s.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import time
from datetime import datetime

from tests.equipment.pids import embedded
from tests.equipment.process import Line
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump, Utterance
from tests.sounds import speech

CALLS, TIMES = 10, 3
MOST_SILENCE_S = 5.0
MOST_RESTART_S = 3.0
ASK_EVERY_S = 6.0
BETWEEN_KILLS_S = 20.0
ANSWER_MS = 6_000
"""Questions asked later than that before the end may still be unanswered."""
PLAN = {"numbers": ["100"], "agent": {"instructions": "You are the assistant of Acme."}}


async def asks(call: Call, after: float, asked: list[tuple[Call, Utterance]]) -> None:
    """Ask one question after the other."""
    await asyncio.sleep(after)
    while not call.over:
        asked.append((call, call.media.say(speech("question"))))
        await asyncio.sleep(ASK_EVERY_S)


def waits(asked: list[tuple[Call, Utterance]]) -> list[float]:
    """Return how long each caller waited for a sound after a question, in seconds; never is for ever."""
    found = []
    for call, question in asked:
        first = call.media.first_sound(since=question.ended_at)
        found.append((first - question.ended_at) / MS / 1000 if first else float("inf"))
    return found


def restarts(gateway: Gateway) -> list[float]:
    """Return how long after each end the first call had a session of the new agent, in seconds."""
    back = [_at(line) for line in gateway.events("session.restored")]
    found = []
    for line in gateway.events("embedded.ended"):
        first = next((moment for moment in back if moment > _at(line)), None)
        found.append((first - _at(line)).total_seconds() if first else float("inf"))
    return found


def _at(line: Line) -> datetime:
    return datetime.fromisoformat(str(line["timestamp"]))


async def prove(calls: int, times: int) -> bool:
    """Hold the calls, kill, and look."""
    asked: list[tuple[Call, Utterance]] = []
    with Gateway({"a": PLAN}) as gateway, Pump() as pump:
        async with Phone(gateway.sip, pump) as phone, asyncio.TaskGroup() as tasks:
            talking = []
            for number in range(calls):
                call = phone.call("100")
                await call.answered(20)
                talking.append((call, tasks.create_task(asks(call, 3 + number * ASK_EVERY_S / calls, asked))))
            await asyncio.sleep(2 * ASK_EVERY_S)
            for _ in range(times):
                os.kill(embedded(gateway.popen.pid), signal.SIGKILL)
                await asyncio.sleep(BETWEEN_KILLS_S)
            lost = sum(call.over for call, _ in talking)
            until = time.monotonic_ns() - ANSWER_MS * MS
            waited = waits([one for one in asked if 0 < one[1].ended_at < until])
            for call, task in talking:
                task.cancel()
                if not call.over:
                    await call.hang_up()
        new = restarts(gateway)
    sys.stdout.write(
        f"{calls} calls, {times} kills: {lost} calls lost\n"
        f"{len(waited)} questions: a sound after {statistics.median(waited):.2f} s, "
        f"{max(waited):.2f} at most (bar {MOST_SILENCE_S:g})\n"
        f"a new agent takes calls after {statistics.median(new):.2f} s, "
        f"{max(new):.2f} at most (bar {MOST_RESTART_S:g})\n"
    )
    return not lost and max(waited) <= MOST_SILENCE_S and max(new) <= MOST_RESTART_S and len(new) == times


if __name__ == "__main__":
    wanted = [*map(int, sys.argv[1:]), *(CALLS, TIMES)[len(sys.argv) - 1 :]]
    sys.exit(0 if asyncio.run(prove(*wanted)) else 1)
