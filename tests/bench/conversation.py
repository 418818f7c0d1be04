"""The embedded agent on the telephone: how soon it greets, how soon it answers a spoken question."""

from __future__ import annotations

import asyncio

from tests.bench.figures import Figure, percentile
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.sounds import speech

CALLS = 5
QUESTIONS = ("question", "sum")


async def run() -> list[Figure]:
    """Hold a few calls one after the other, each with two questions; the first call warms the engines up."""
    greeted, answered = [], []
    plan = {"answer": {"greeting": "Hello. How can I help you?"}}
    with LocalServer("agent") as server:
        plans = {"agent": agent("100", server.url, model="local", voice="heart", **plan)}
        with Gateway(plans, "--no-local") as gateway, Pump() as pump:
            async with Phone(gateway.sip, pump) as phone:
                for number in range(CALLS + 1):
                    call = phone.call("100")
                    await call.answered(20)
                    first = await call.hears_sound()
                    delays = []
                    for question in QUESTIONS:
                        await call.hears_silence(700)
                        said = await call.said(call.media.say(speech(question)))
                        delays.append((await call.hears_sound(said.ended_at) - said.ended_at) / MS)
                    await call.hang_up()
                    if number:
                        greeted.append((first - call.times["INVITE"]) / MS)
                        answered += delays
                    await asyncio.sleep(0.2)
    return [
        Figure("conversation", "INVITE to first agent word p50", percentile(greeted, 50), "ms", 600),
        Figure("conversation", "INVITE to first agent word max", percentile(greeted, 100), "ms"),
        Figure(
            "conversation",
            "end of question to first word of answer p50",
            percentile(answered, 50),
            "ms",
            1200,
        ),
        Figure(
            "conversation", "end of question to first word of answer max", percentile(answered, 100), "ms"
        ),
    ]
