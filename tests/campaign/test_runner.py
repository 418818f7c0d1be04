"""A campaign at work, with a gateway that says how each call comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.campaign.entries import ListEntry
from gateway.campaign.progress_log import ProgressLog
from gateway.campaign.rules import Rules
from gateway.campaign.runner import CampaignRunner
from gateway.errors import BadInput, CallRefused, NumberBarred
from gateway.node.workers.originated_calls import Unanswered
from tests.campaign.gateway_of_outcomes import BUSY, Answer, OutcomeGateway
from tests.equipment import patience

FAST = Rules("plan", rate=200.0, concurrency=3, retry_after_s=0.05)


def people(count: int, **more: str) -> list[ListEntry]:
    """Return a list."""
    return [ListEntry(line, f"+{line}", {"name": f"n{line}"}, **more) for line in range(2, count + 2)]


class Campaign:
    """One, with its files and its gateway."""

    def __init__(self, folder: Path, answers: Mapping[str, list[Answer]] | None = None) -> None:
        self.gateway = OutcomeGateway(answers)
        self.at = folder / "control.sock"
        self.file = folder / "progress"

    async def run(self, entries: list[ListEntry], rules: Rules = FAST) -> dict[str, int]:
        """Run it to its end; return the outcomes."""
        with ProgressLog(self.file, "digest") as log:
            async with patience.within(10), self.gateway.answering(self.at):
                runner = CampaignRunner(entries, rules, log, self.at)
                await runner.run()
        return dict(runner.progress.outcomes)

    async def begun(self, entries: list[ListEntry], dialled: int, rules: Rules = FAST) -> None:
        """Run it until so many were called, and let it be killed there."""
        with ProgressLog(self.file, "digest") as log:
            async with patience.within(10), self.gateway.answering(self.at):
                running = asyncio.get_running_loop().create_task(
                    CampaignRunner(entries, rules, log, self.at).run()
                )
                await self.gateway.until(lambda: len(self.gateway.dialled) >= dialled)
                running.cancel()
                await asyncio.wait({running})


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return Campaign(tmp_path)


async def test_everybody_is_called_once(campaign: Campaign) -> None:
    """With their variables, in the plan that was asked for, and never more at once than that."""
    assert await campaign.run(people(10)) == {"answered": 10}
    assert [number for number, _, _ in campaign.gateway.dialled] == [f"+{line}" for line in range(2, 12)]
    assert campaign.gateway.most_up <= 3
    assert campaign.gateway.wanted[0].plan == "plan"
    assert campaign.gateway.wanted[0].variables == {"name": "n2"}


async def test_whoever_is_busy_is_tried_again(tmp_path: Path) -> None:
    """As often as is wanted."""
    campaign = Campaign(tmp_path, {"+2": [BUSY], "+3": [BUSY, BUSY, BUSY]})
    rules = Rules("plan", rate=200.0, retries=1, retry_after_s=0.05)
    assert await campaign.run(people(2), rules) == {"answered": 1, "busy": 1}
    assert sorted(number for number, _, _ in campaign.gateway.dialled) == ["+2", "+2", "+3", "+3"]


async def test_who_must_not_be_called_is_not(campaign: Campaign) -> None:
    """Whoever says so: the list, or the gateway."""
    campaign.gateway.refuses = [NumberBarred("+2", "it costs")]
    entries = [*people(2), ListEntry(9, "+9", {}, left_out="do_not_call")]
    assert await campaign.run(entries) == {"barred": 1, "do_not_call": 1, "answered": 1}
    assert [number for number, _, _ in campaign.gateway.dialled] == ["+3"]


async def test_a_gateway_without_room_is_asked_again(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left out for that, and no attempt of theirs is counted."""
    monkeypatch.setattr("gateway.campaign.runner.FULL_S", 0.02)
    campaign.gateway.refuses = [CallRefused("full"), CallRefused("full")]
    assert await campaign.run(people(3)) == {"answered": 3}
    with ProgressLog(campaign.file, "digest") as log:
        assert [log.state.of(line).attempts for line in (2, 3, 4)] == [1, 1, 1]


async def test_whoever_does_not_say_whether_they_heard_is_asked_again(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the same call: it may be made by now, and nobody is called twice."""
    monkeypatch.setattr("gateway.campaign.runner.AWAY_S", 0.02)
    campaign.gateway.refuses = [Unanswered("a worker does not answer")]
    assert await campaign.run(people(1)) == {"answered": 1}
    with ProgressLog(campaign.file, "digest") as log:
        (dialled,) = campaign.gateway.dialled
        tried = log.state.of(2)
        assert tried.last is not None
        assert (tried.attempts, tried.last["call"]) == (1, dialled[1])
    assert campaign.file.read_text().count('"run":') == 1, "there was one attempt"


async def test_a_mistake_in_the_list_ends_it(campaign: Campaign) -> None:
    """A column that is no variable is so for everybody: they are all still to be called."""
    campaign.gateway.refuses = [BadInput("dial", "variables", "name", "no such variable")]
    with pytest.raises(ExceptionGroup) as told:
        await campaign.run(people(3))
    assert "no such variable" in str(told.value.exceptions[0])
    assert await campaign.run(people(3)) == {"answered": 3}


async def test_killed_in_the_middle_it_goes_on(campaign: Campaign) -> None:
    """Nobody is called twice, nobody is left out, and what came out meanwhile is known."""
    campaign.gateway.after_s = 0.03
    await campaign.begun(people(20), 7)
    assert await campaign.run(people(20)) == {"answered": 20}
    assert len({number for number, _, _ in campaign.gateway.dialled}) == len(campaign.gateway.dialled) == 20


async def test_what_was_never_asked_for_is(campaign: Campaign) -> None:
    """An attempt was noted, and the campaign ended before the gateway had heard of it."""
    with ProgressLog(campaign.file, "digest") as log:
        log.note({"line": 2, "call": "0a0a0a0a", "run": campaign.gateway.run, "at": "now"})
    assert await campaign.run(people(2)) == {"answered": 2}
    assert ("+2", "0a0a0a0a") in [(number, call) for number, call, _ in campaign.gateway.dialled]


async def test_calls_of_a_gateway_that_is_gone_are_interrupted(campaign: Campaign) -> None:
    """Nobody knows how they came out, and nobody is called twice for that."""
    with ProgressLog(campaign.file, "digest") as log:
        log.note({"line": 2, "call": "0a0a0a0a", "run": "another", "at": "now"})
    assert await campaign.run(people(2)) == {"interrupted": 1, "answered": 1}
    assert [number for number, _, _ in campaign.gateway.dialled] == ["+3"]


async def test_those_who_were_interrupted_are_called_again_if_that_is_wanted(campaign: Campaign) -> None:
    """Once: what comes out then is final."""
    with ProgressLog(campaign.file, "digest") as log:
        log.note({"line": 2, "call": "0a0a0a0a", "run": "another", "at": "now"})
    assert await campaign.run(people(2)) == {"interrupted": 1, "answered": 1}
    again = replace(FAST, redials=True)
    assert await campaign.run(people(2), again) == {"answered": 2}
    assert await campaign.run(people(2), again) == {"answered": 2}
    assert [number for number, _, _ in campaign.gateway.dialled] == ["+3", "+2"]


async def test_a_second_call_that_is_interrupted_is_known_as_that(campaign: Campaign) -> None:
    """Killed while it calls somebody again, it does not call them a third time by itself."""
    with ProgressLog(campaign.file, "digest") as log:
        log.note({"line": 2, "call": "0a0a0a0a", "run": "another", "at": "now"})
        log.note({"line": 2, "over": {"reason": "interrupted"}, "outcome": "interrupted"})
        log.note({"line": 2, "call": "0b0b0b0b", "run": "another", "at": "now"})
        assert log.state.of(2).outcome == ""
    assert await campaign.run(people(1)) == {"interrupted": 1}
    assert campaign.gateway.dialled == []


async def test_stopped_it_lets_phones_that_ring_go(campaign: Campaign) -> None:
    """Nobody more is called, and whoever was not reached for that is still to be called."""
    campaign.gateway.holds = True
    with ProgressLog(campaign.file, "digest") as log:
        async with patience.within(10), campaign.gateway.answering(campaign.at):
            runner = CampaignRunner(people(10), FAST, log, campaign.at)
            running = asyncio.get_running_loop().create_task(runner.run())
            await campaign.gateway.until(lambda: len(campaign.gateway.dialled) == 3)
            runner.stop()
            await running
    assert len(campaign.gateway.dialled) == 3
    assert sorted(campaign.gateway.ended) == sorted(call for _, call, _ in campaign.gateway.dialled)
    assert runner.progress.done == 0
    campaign.gateway.holds = False
    assert await campaign.run(people(10)) == {"answered": 10}


async def test_a_gateway_that_is_away_is_waited_for(campaign: Campaign) -> None:
    """It begins when there is one."""
    with ProgressLog(campaign.file, "digest") as log:
        runner = CampaignRunner(people(2), FAST, log, campaign.at)
        running = asyncio.get_running_loop().create_task(runner.run())
        async with patience.within(10):
            await campaign.gateway.until(lambda: runner.progress.away)
            async with campaign.gateway.answering(campaign.at):
                await running
    assert dict(runner.progress.outcomes) == {"answered": 2}
