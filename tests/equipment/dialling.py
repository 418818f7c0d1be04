"""Calls somebody again and again: `python -m tests.equipment.dialling URI ... --calls 400`.

A `UserAgent` of the product in a process of its own, so that its end is seen as what it is. Each call is hung
up a moment after it was answered, or after it has rung for long enough. At last the honest one is called, who
has to answer. Prints how the calls ended, how many did not, and what is left of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections import Counter

from gateway import log
from gateway.call import Answered, Ending, HangUp, LegEnded, LegFact, Reason, Result
from gateway.sip.stack import SipSettings
from gateway.sip.user_agent import UserAgent
from tests.equipment import patience, ports

HOST = "127.0.0.70"
AT_ONCE = 30
SLOTS = 1000
"""Calls that PJSIP has room for: one that we gave up keeps its place until the other side has answered our
CANCEL or BYE, or for 32 s."""
NO_ROOM = "signalling_failed 500"
RINGS_S, TALKS_S = 1.0, 0.3
OVER_S = 75.0
"""A call's end is waited for: a CANCEL or BYE without an answer is given up after 32 s, INVITE after 64."""
OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)


class Dialler:
    """Makes calls, and counts their ends."""

    def __init__(self, agent: UserAgent, seed: int) -> None:
        self._agent = agent
        self._random = random.Random(seed)
        self._room = asyncio.Semaphore(AT_ONCE)
        self.ended: Counter[str] = Counter()
        self.answered = 0
        self.never_ended = 0

    async def call(self, uri: str) -> str:
        """Make one call; return how it ended."""
        facts: asyncio.Queue[LegFact] = asyncio.Queue()
        leg = self._agent.dial(uri)
        leg.listen(facts.put_nowait, lambda _pcm: None)
        told = await _next(facts, RINGS_S)
        if isinstance(told, Answered):
            self.answered += 1
            told = await _next(facts, self._random.random() * TALKS_S)
        if not isinstance(told, LegEnded):
            leg.execute(HangUp(OURS))
        while not isinstance(told, LegEnded):
            if (told := await _next(facts, OVER_S)) is None:
                self.never_ended += 1
                return "never"
        return f"{told.ending.reason.value} {told.ending.status}"

    async def one_of_many(self, uri: str) -> None:
        """Make one call as soon as there is room for it, and count its end."""
        async with self._room:
            for _ in range(int(OVER_S)):
                if (end := await self.call(uri)) != NO_ROOM:
                    break
                await asyncio.sleep(patience.seconds(1))
            self.ended[end] += 1


async def _next(facts: asyncio.Queue[LegFact], seconds: float) -> LegFact | None:
    try:
        async with patience.within(seconds):
            return await facts.get()
    except TimeoutError:
        return None


async def _left(agent: UserAgent) -> int:
    """Return how many calls are still there after as long as a call can take to end."""
    for _ in range(int(OVER_S * 10)):
        if not agent.legs:
            break
        await asyncio.sleep(patience.seconds(0.1))
    return len(agent.legs)


async def dial(uris: list[str], calls: int, seed: int) -> dict[str, object]:
    """Make so many calls, and one that has to go well; return what is to be told."""
    low, high = ports.free_range(3 * SLOTS, HOST)
    agent = UserAgent(SipSettings(HOST, 0, low, high, max_calls=SLOTS), lambda leg: leg.execute(HangUp(OURS)))
    await agent.start()
    dialler = Dialler(agent, seed)
    async with asyncio.TaskGroup() as tasks:
        for number in range(calls):
            tasks.create_task(dialler.one_of_many(uris[number % len(uris)]))
    before = dialler.answered
    honest = await dialler.call(uris[0].replace("sip:", "sip:honest@", 1))
    left = await _left(agent)
    await agent.stop()
    return {
        "event": "dialled",
        "calls": calls,
        "answered": before,
        "honest": honest if dialler.answered > before else f"not answered: {honest}",
        "never ended": dialler.never_ended,
        "left": left,
        "ended": dict(dialler.ended),
    }


def main() -> int:
    """Read the command line, and dial."""
    parser = argparse.ArgumentParser()
    parser.add_argument("uris", nargs="+")
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    log.configure("warning", component="dialling")
    told = asyncio.run(dial(given.uris, given.calls, given.seed))
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
