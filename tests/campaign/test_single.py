"""One call, told of as it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.campaign.single import Single, duration
from gateway.errors import BadInput
from tests.campaign.gateway_of_outcomes import ANSWERED, BUSY, Answer, OutcomeGateway
from tests.equipment import patience


async def made(folder: Path, call: Single, *answers: Answer) -> tuple[list[str], OutcomeGateway]:
    """Make it; return what was told."""
    gateway = OutcomeGateway({call.number: [*answers]})
    at = folder / "control.sock"
    async with patience.within(10), gateway.answering(at):
        return [str(step) async for step in call.made(at)], gateway


async def test_it_is_told_how_it_came_out(tmp_path: Path) -> None:
    """From its beginning to its end."""
    steps, gateway = await made(tmp_path, Single("+1", "plan", variables={"name": "Ann"}, ring_s=20.0))
    assert steps[0].startswith("calling +1, call ")
    assert steps[-1] == "over after 4 s: they hung up"
    (wanted,) = gateway.wanted
    assert (wanted.plan, wanted.variables, wanted.rings_s) == ("plan", {"name": "Ann"}, 20.0)


async def test_it_is_tried_again_where_it_is_busy(tmp_path: Path) -> None:
    """As often as is wanted."""
    call = Single("+1", "plan", retries=2, retry_after_s=0.01)
    steps, gateway = await made(tmp_path, call, BUSY, ANSWERED)
    assert [step for step in steps if not step.startswith("calling")] == [
        "not answered: busy (486) after 5 s",
        "again in 0.01 s",
        "over after 4 s: they hung up",
    ]
    assert len(gateway.dialled) == 2


async def test_whoever_refuses_is_not_tried_again(tmp_path: Path) -> None:
    """They have said what they want."""
    refused = {**BUSY, "reason": "refused", "status": 603}
    _, gateway = await made(tmp_path, Single("+1", "plan", retries=2, retry_after_s=0.01), refused)
    assert len(gateway.dialled) == 1


async def test_the_process_that_makes_it_dies(tmp_path: Path) -> None:
    """Nobody knows how it came out, so it is not tried again."""
    lost = {**BUSY, "result": "lost", "reason": "gateway_died", "status": 0}
    steps, gateway = await made(tmp_path, Single("+1", "plan", retries=2, retry_after_s=0.01), lost)
    assert steps[-1] == "lost after 5 s: the process that made the call died"
    assert len(gateway.dialled) == 1


def test_a_time_has_a_unit() -> None:
    """Its option is named."""
    assert duration("--ring", "1m") == 60.0
    with pytest.raises(BadInput, match="--ring"):
        duration("--ring", "60")
