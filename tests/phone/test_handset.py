"""A call as whoever holds the phone has it, on a line whose times are known to the frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.call import Ending, Hold, Reason, Result, Resume, SendDigits
from gateway.phone.handset import FarEndGone, Handset
from tests.equipment import patience, tone
from tests.equipment.scripted_line import RATE, ScriptedLine, between

GONE = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)
WORDS = tone.sine(300, 500, rate=RATE).tobytes()


@asynccontextmanager
async def held(line: ScriptedLine) -> AsyncIterator[Handset]:
    """Have a call up on a line."""
    phone = Handset(line)  # type: ignore[arg-type] # all that it needs of a leg
    async with patience.within(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(line.run())
        await phone.picked_up(5)
        yield phone
        if phone.ending is None:
            phone.hang_up(GONE)


async def test_words_are_said_to_their_end() -> None:
    line = ScriptedLine(between((0.2, 1.2)))
    async with held(line) as phone:
        await phone.passed(2.0)
        assert await phone.speak(WORDS) == pytest.approx(2.0, abs=0.03)
        assert phone.spoke_until == pytest.approx(2.5, abs=0.03)
        assert line.words[0][0] == pytest.approx(2.0, abs=0.03)
        assert phone.answering() is None


async def test_an_answer_is_waited_for() -> None:
    async with held(ScriptedLine(between((1.0, 2.0)))) as phone:
        answer = await phone.answer_begun(5.0)
        assert answer is not None
        assert answer.start == 1.0
        await phone.silence()
        assert phone.now == pytest.approx(2.8, abs=0.03)  # the pause after which nobody goes on


async def test_patience_ends() -> None:
    async with held(ScriptedLine(lambda _line, _now: False)) as phone:
        assert await phone.answer_begun(3.0) is None
        assert phone.now == pytest.approx(3.0, abs=0.05)


async def test_whoever_waits_is_told_of_the_end() -> None:
    def agent(line: ScriptedLine, now: float) -> bool:
        if now >= 1.0:
            line.end(GONE)
        return True

    async with held(ScriptedLine(agent)) as phone:
        with pytest.raises(FarEndGone):
            await phone.passed(60)
        assert phone.hearing.speaking is None  # what was being said is over
        assert phone.ending == GONE
        with pytest.raises(FarEndGone):
            await phone.until(lambda: True)


async def test_holding_the_line() -> None:
    line = ScriptedLine(lambda _line, _now: False)
    async with held(line) as phone:
        await phone.hold_line(0.01)
        phone.do(SendDigits("1"))
    assert [type(order) for order in line.orders[:2]] == [Hold, Resume]
    assert line.keys == "1"
