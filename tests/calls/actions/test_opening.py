"""What a caller is told before anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.call import Announcement, Answer, Digit, Played
from gateway.calls.actions.opening import ASK, agrees, disclose, with_spoken_consent
from gateway.calls.actions.prompter import Prompter
from gateway.calls.call import Call
from gateway.dialplan.model import Record
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.equipment.plans import plan

WORDS = Announcement(b"aa", "This call is recorded.")


async def test_what_is_disclosed_is_heard_to_its_end() -> None:
    """After the answer; no key cuts it."""
    leg = ScriptedLeg(on_play=[[Digit("1"), Played("prompt_0")]])
    with Prompter(Call(leg)) as line:
        await disclose(line, WORDS)
    assert leg.orders[0] == Answer()
    assert leg.played == [b"aa"]


@pytest.mark.parametrize(
    ("record", "keys", "agreed"),
    [
        ({"consent": "announce"}, "", True),
        ({"consent": "announce"}, "9", True),
        ({"consent": "key"}, "1", True),
        ({"consent": "key"}, "2", False),
        ({"consent": "key"}, "", False),
        ({"consent": "key", "key": "#"}, "#", True),
    ],
)
async def test_consent(record: dict[str, str], keys: str, agreed: bool) -> None:
    """By staying, or by the one key, during the words or after them."""
    leg = ScriptedLeg(on_play=[[*map(Digit, keys), Played("prompt_0")]])
    with Prompter(Call(leg)) as line:
        assert await agrees(line, Record.model_validate({"wait": "10ms", **record}), WORDS) is agreed


@pytest.mark.parametrize("consent", ["announce", "key"])
async def test_nobody_agrees_to_what_was_not_said(consent: str) -> None:
    """Where nobody can speak the words, nothing is recorded."""
    leg = ScriptedLeg()
    with Prompter(Call(leg)) as line:
        assert not await agrees(line, Record.model_validate({"consent": consent}), Announcement())
    assert leg.played == []


def test_an_agent_that_asks(tmp_path: Path) -> None:
    """Is told to, and given the function; others are left as they are."""
    asks = plan(
        tmp_path, record={"consent": "spoken"}, agent={"tools": ["hang_up"], "instructions": "Be kind."}
    )
    assert asks.agent is not None
    told = with_spoken_consent(asks, asks.agent)
    assert told.tools == ("hang_up", "start_recording")
    assert told.instructions == f"Be kind.\n\n{ASK}"
    other = plan(tmp_path, record={"consent": "key"})
    assert other.agent is not None
    assert with_spoken_consent(other, other.agent) is other.agent
