"""A call that outlives its sessions: each expires, and is replaced while the conversation goes on.

The model is the embedded server's `script` engine. It begins a session with a tone of its own if the history
that it was given has what the caller told in the first turns, so the caller hears whether it knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.equipment import tone
from tests.equipment.process import Process
from tests.equipment.programs import Gateway, Scripted, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.sounds import speech

FACTS = ("My name is Ada.", "My order is 4711.")
"""What the caller tells in the first turns."""
KNOWS = r"My name is Ada\..*My order is 4711\."
KNOWS_HZ, USUAL_HZ = 900, 500
NUMBER = "700"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the call."""

    rollovers: int
    """Before the session that answered last."""
    facts_told: bool
    """The history that it began with has what the caller told in the first turns: so the caller heard."""
    expired: int
    """Sessions that were not replaced in time."""
    dropped: bool
    frame_gap_ms: float
    """The longest time without an RTP packet."""
    hole_ms: float
    """The longest silence within an answer."""
    waits_ms: list[float]
    """From the end of each question to its answer."""
    answer_ms: list[float]
    """How long each answer was heard."""


def script(life_s: float, answer_ms: int) -> dict[str, Any]:
    """Write the script: sessions of this life, which they tell, and answers of this length."""

    def answer(frequency: int) -> list[dict[str, Any]]:
        return [{"wait_ms": 100}, {"tone": frequency, "ms": answer_ms, "pace": 3}]

    return {
        "session": {"expire_after_s": life_s},
        "hears": [*FACTS, "This is something else."],
        "answers": [{"told": KNOWS, "do": answer(KNOWS_HZ)}, {"do": answer(USUAL_HZ)}],
    }


async def run(life_s: float, rollovers: int, pause_ms: float, answer_ms: int) -> Outcome:
    """Carry a call through so many rollovers; the caller waits for `pause_ms` after each answer."""
    with Scripted(script(life_s, answer_ms)) as server, Pump() as pump:
        plan = agent(NUMBER, server.url, model="lasting", limits={"max_silence": "60s"})
        with Gateway({"lasting": plan}, "--no-local") as gateway:
            async with Phone(gateway.sip, pump) as phone:
                call = phone.call(NUMBER)
                await call.answered()
                answers = await _converse(call, server, rollovers + 1, pause_ms, life_s)
                dropped = call.over
                if not call.over:
                    await call.hang_up()
                return _judge(call, server, answers, dropped=dropped)


Answers = list[tuple[int, int]]
"""When each question ended and when its answer was over."""


async def _converse(call: Call, server: Process, sessions: int, pause_ms: float, life_s: float) -> Answers:
    """Talk until the last session, or one after it, has answered a question."""
    answers: Answers = []
    await call.hears_sound()
    last: int | None = None
    while not call.over and (last is None or len(answers) < last + 1):
        await call.hears_silence(pause_ms, life_s + 20)
        asked = (await call.said(call.media.say(speech("sum")))).ended_at
        await call.hears_sound(since=asked, patient_seconds=20)
        answers.append((asked, await call.hears_silence(400)))
        if last is None and len(server.events("client.connected")) >= sessions:
            last = len(answers)
    return answers


def _judge(call: Call, server: Process, answers: Answers, *, dropped: bool) -> Outcome:
    holes, waits, lengths = [0.0], [], []
    knew: list[bool] = []
    for asked, over in answers:
        heard = call.media.heard(asked)[: round((over - asked) / MS * 8)]
        first = next(packet.at for packet in call.media.audio() if packet.at >= asked)
        sounds = tone.spans(heard, join_ms=0)
        waits.append((first - asked) / MS + sounds[0].start_ms)
        lengths.append(sum(sound.ms for sound in sounds))
        inside = heard[round(sounds[0].start_ms * 8) : round(sounds[-1].end_ms * 8)]
        holes.append(tone.longest_silence_ms(inside))
        knew.append(tone.share(inside, KNOWS_HZ) > 0.9)
    sessions = [line["session"] for line in server.events("client.connected")]
    last = server.events("answer.started")[-1]["session"]
    its_answers = len(server.events("answer.started", session=last))
    return Outcome(
        rollovers=sessions.index(last),
        facts_told=knew[-its_answers],
        expired=len(server.events("client.expired")),
        dropped=dropped,
        frame_gap_ms=float(call.media.gaps(answers[0][0], answers[-1][1]).max()),
        hole_ms=max(holes),
        waits_ms=waits,
        answer_ms=lengths,
    )
