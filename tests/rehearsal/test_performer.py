"""The caller of a rehearsal, on a line whose times are known to the frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway.call import Answer, Ending, Reason, Result
from gateway.rehearsal.performance import Performance
from gateway.rehearsal.performer import Performer, PreparedStep
from tests.equipment import patience, tone
from tests.equipment.scripted_line import RATE, ScriptedLine, between
from tests.rehearsal.made_calls import rehearsal

WORDS = tone.sine(300, 500, rate=RATE).tobytes()
"""What the caller says, 0.5 s."""


async def _perform(
    line: ScriptedLine, hears: Callable[[bytes], str | None] = lambda _pcm: "hello", **parts: Any
) -> Performance:
    one = rehearsal(**parts)
    steps = [PreparedStep(step, WORDS if step.does in ("say", "play") else b"") for step in one.steps]
    async with patience.within(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(line.run())
        return await Performer(one, steps, hears).perform(line)  # type: ignore[arg-type] # all that it needs


def _answering(line: ScriptedLine, now: float) -> bool:
    answers = [(round(end + 0.6, 2), round(end + 1.6, 2)) for _, end in line.words]
    return between((0.2, 1.2), *answers)(line, now)


async def test_a_question_and_its_answer() -> None:
    call = await _perform(ScriptedLine(_answering), steps=[{"heard": "hello"}, {"say": "when?"}])
    assert [(one.who, one.at, one.text) for one in call.spoken] == [
        ("agent", 0.2, "hello"),
        ("caller", 2.0, "when?"),
        ("agent", 3.1, "hello"),
    ]
    assert [(step.at, round(step.until, 1)) for step in call.steps] == [(0.02, 2.0), (2.0, 2.5)]
    assert (call.answered, call.status, call.hung_up_first) == (True, 200, "caller")
    assert call.ear is not None
    assert len(call.ear.exchanges) == 1


async def test_who_is_called_answers_and_speaks_first() -> None:
    """Without waiting for the one who calls."""
    line = ScriptedLine(lambda line, now: bool(line.words) and 1.0 < now < 2.0)
    steps = [{"say": "hello?"}, {"hang_up": True}]
    call = await _perform(line, call={"to": "100", "plan": "reminder"}, steps=steps)
    assert Answer() in line.orders
    assert line.words[0][0] < 0.1
    assert [one.who for one in call.spoken] == ["caller", "agent"]


async def test_an_interruption_by_time() -> None:
    line = ScriptedLine(lambda line, now: now >= 0.2 and not line.words)
    call = await _perform(line, steps=[{"say": "stop", "interrupt": "1s"}, {"hang_up": True}])
    assert line.words[0][0] == pytest.approx(1.2, abs=0.03)
    assert call.hung_up_first == "caller"


async def test_an_interruption_by_a_word() -> None:
    """Recognition hears the word once 1.5 s of the agent were said."""
    line = ScriptedLine(lambda line, now: now >= 0.2 and not line.words)
    hears: Callable[[bytes], str] = lambda pcm: "one moment" if len(pcm) > 1.5 * 2 * RATE else "one"  # noqa: E731
    await _perform(line, hears, steps=[{"say": "stop", "interrupt": {"word": "moment"}}, {"hang_up": True}])
    assert line.words[0][0] > 1.3


async def test_more_of_what_the_agent_says() -> None:
    """A step that only listens, after one with its own answer, waits for something further."""

    def agent(line: ScriptedLine, now: float) -> bool:
        later = [(round(end + 4.0, 2), round(end + 5.0, 2)) for _, end in line.words]
        return _answering(line, now) or between(*later)(line, now)

    steps = [{"say": "when?", "heard": "hello"}, {"heard": "hello"}, {"hang_up": True}]
    call = await _perform(ScriptedLine(agent), steps=steps)
    first, then, _ = call.steps
    assert 2.4 < first.until < 2.6
    assert 4.1 < then.at < 6.5  # the first answer is over
    assert 7.5 < then.until < 8.6


async def test_an_answer_in_two_parts_is_heard_out() -> None:
    """A word that says "one moment" is not the answer that is waited for."""

    def agent(line: ScriptedLine, now: float) -> bool:
        later = [(round(end + 4.0, 2), round(end + 6.0, 2)) for _, end in line.words]
        return _answering(line, now) or between(*later)(line, now)

    hears: Callable[[bytes], str] = lambda pcm: "nine" if len(pcm) > 1.8 * 2 * RATE else "moment"  # noqa: E731
    call = await _perform(ScriptedLine(agent), hears, steps=[{"say": "when?", "heard": "nine"}])
    assert [one.text for one in call.spoken] == ["moment", "when?", "moment", "nine"]


async def test_keys_and_waiting() -> None:
    line = ScriptedLine(_answering)
    call = await _perform(line, steps=[{"press": "1#"}, {"wait": "3s"}, {"hang_up": True}])
    assert line.keys == "1#"
    assert call.steps[1].until - call.steps[1].at == pytest.approx(3.0, abs=0.03)
    assert call.spoken[-1].text == "[1#]"


async def test_an_agent_that_hangs_up() -> None:
    def agent(line: ScriptedLine, now: float) -> bool:
        if now >= 4.0:
            line.end(Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP))
        return _answering(line, now)

    call = await _perform(ScriptedLine(agent), steps=[{"say": "bye"}], expect={"ended_by": "agent"})
    assert call.hung_up_first == "far end"


async def test_a_call_that_is_refused() -> None:
    def agent(line: ScriptedLine, _now: float) -> bool:
        line.end(Ending(Result.REJECTED, Reason.BUSY, 486))
        return False

    call = await _perform(ScriptedLine(agent, answers=False), steps=[{"heard": "hello"}])
    assert (call.answered, call.status, call.steps, call.ear) == (False, 486, (), None)
