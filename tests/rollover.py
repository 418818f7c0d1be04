"""A call that outlives its sessions: each expires, and is replaced while the conversation goes on."""

from __future__ import annotations

from dataclasses import dataclass

from tests import tone
from tests.programs import Gateway, agent
from tests.sounds import speech
from tests.unreliable import Line, Session, Unreliable
from tests.wire_call import Call
from tests.wire_phone import Phone
from tests.wire_rtp import MS, Pump

FACTS = ("My name is Ada.", "My order is 4711.")
"""What the caller tells in the first turns."""
NUMBER = "700"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the call."""

    rollovers: int
    """Before the session that answered last."""
    facts_told: bool
    """The history that it began with has what the caller told in the first turns."""
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


async def run(life_s: float, rollovers: int, pause_ms: float, answer_ms: int) -> Outcome:
    """Carry a call through so many rollovers; the caller waits for `pause_ms` after each answer."""
    async with Unreliable() as model:
        model.lives_s = life_s
        model.answer_ms = answer_ms
        model.words = lambda turn: FACTS[turn - 1] if turn <= len(FACTS) else f"This is turn {turn}."
        line = model.lines["lasting"]
        plan = agent(NUMBER, model.url, model="lasting", limits={"max_silence": "60s"})
        with Pump() as pump, Gateway({"lasting": plan}, "--no-local") as gateway:
            async with Phone(gateway.sip, pump) as phone:
                call = phone.call(NUMBER)
                await call.answered()
                answers = await _converse(call, line, rollovers + 1, pause_ms, life_s)
                dropped = call.over
                if not call.over:
                    await call.hang_up()
                return _judge(call, line, answers, dropped=dropped)


Answers = list[tuple[int, int]]
"""When each question ended and when its answer was over."""


async def _converse(call: Call, line: Line, sessions: int, pause_ms: float, life_s: float) -> Answers:
    """Talk until the last session, or one after it, has answered a question."""
    answers: Answers = []
    await call.hears_sound()
    last: int | None = None
    while not call.over and (last is None or len(answers) < last + 1):
        await call.hears_silence(pause_ms, life_s + 20)
        asked = (await call.said(call.media.say(speech("sum")))).ended_at
        await call.hears_sound(since=asked, patient_seconds=20)
        answers.append((asked, await call.hears_silence(400)))
        if last is None and len(line.sessions) >= sessions:
            last = len(answers)
    return answers


def _judge(call: Call, line: Line, answers: Answers, *, dropped: bool) -> Outcome:
    holes, waits, lengths = [0.0], [], []
    for asked, over in answers:
        heard = call.media.heard(asked)[: round((over - asked) / MS * 8)]
        first = next(packet.at for packet in call.media.audio() if packet.at >= asked)
        sounds = tone.spans(heard, join_ms=0)
        waits.append((first - asked) / MS + sounds[0].start_ms)
        lengths.append(sum(sound.ms for sound in sounds))
        inside = heard[round(sounds[0].start_ms * 8) : round(sounds[-1].end_ms * 8)]
        holes.append(tone.longest_silence_ms(inside))
    number, final = next((n, one) for n, one in reversed(list(enumerate(line.sessions))) if one.responses)
    return Outcome(
        rollovers=number,
        facts_told=all(fact in told(final) for fact in FACTS),
        expired=sum(session.expired for session in line.sessions),
        dropped=dropped,
        frame_gap_ms=float(call.media.gaps(answers[0][0], answers[-1][1]).max()),
        hole_ms=max(holes),
        waits_ms=waits,
        answer_ms=lengths,
    )


def told(session: Session) -> list[str]:
    """Give the caller's words that a session began with."""
    items = [event["item"] for event in session.events("conversation.item.create")]
    return [part.get("text", "") for item in items if item.get("role") == "user" for part in item["content"]]
