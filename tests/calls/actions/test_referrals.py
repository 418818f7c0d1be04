"""What a plan lets the far side of a call do with it, beside what its trunk lets it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.call import (
    AnswerRefer,
    Fact,
    ReferAsked,
    ReferFollowed,
    TransferBegan,
    TransferEnded,
    TransferOutcome,
    read_destination,
)
from gateway.calls.actions.referrals import MODE
from tests.calls.actions.talking import Talk, talking
from tests.equipment import patience

THEM = read_destination("sip:200@pbx")


async def asked(talk: Talk) -> AnswerRefer:
    """Have the far side ask; return what is decided."""
    before = len(talk.leg.orders)
    talk.leg.happen(ReferAsked(THEM))
    await talk.leg.until(lambda: any(isinstance(one, AnswerRefer) for one in talk.leg.orders[before:]))
    (answer,) = [one for one in talk.leg.orders[before:] if isinstance(one, AnswerRefer)]
    return answer


async def told(talk: Talk, fact: Fact) -> None:
    """Wait until the call's listeners have heard of something."""
    async with patience.within(5):
        while fact not in talk.events:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0)


async def test_it_is_followed_and_told(tmp_path: Path) -> None:
    """As a transfer that nobody here has thought of."""
    async with talking(tmp_path, trunk="pbx") as talk:
        assert await asked(talk) == AnswerRefer(follow=True)
        talk.leg.happen(ReferFollowed(THEM, 486))
        ended = TransferEnded("200", TransferOutcome.BUSY, 486)
        await told(talk, ended)
        assert TransferBegan("200", MODE) in talk.events


async def test_it_counts_against_the_plans_bound(tmp_path: Path) -> None:
    """Whoever refers again and again makes us call at our cost."""
    async with talking(tmp_path, trunk="pbx", limits={"max_transfers": 1}) as talk:
        assert (await asked(talk)).follow
        assert not (await asked(talk)).follow


async def test_a_call_without_a_trunk_listens_to_no_such_thing(tmp_path: Path) -> None:
    """Its line refuses them all."""
    async with talking(tmp_path) as talk:
        talk.leg.happen(ReferAsked(THEM))
        await told(talk, ReferAsked(THEM))
        assert not [one for one in talk.leg.orders if isinstance(one, AnswerRefer)]
