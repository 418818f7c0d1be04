"""The menu action."""

from gateway.call import Announcement, Digit
from gateway.calls.actions.menu import choose
from gateway.calls.actions.prompter import Prompter
from gateway.calls.call import Call
from tests.calls.actions.scripted_leg import ScriptedLeg


async def test_the_key_pressed_is_followed() -> None:
    """While the prompt still plays."""
    with Prompter(Call(ScriptedLeg(on_play=[[Digit("2")]]))) as line:
        assert await choose(line, Announcement(b"prompt"), "12", wait=0.01, retries=0) == "2"


async def test_a_wrong_key_is_told_so_and_the_prompt_repeated() -> None:
    """Then the caller gets another try."""
    leg = ScriptedLeg(on_play=[[Digit("9")]])
    with Prompter(Call(leg)) as line:
        leg_key = choose(
            line, Announcement(b"prompt"), "1", wait=0.01, retries=1, wrong=Announcement(b"wrong")
        )
        assert await leg_key is None
    assert leg.played == [b"prompt", b"wrong", b"prompt"]


async def test_nothing_pressed_ends_after_the_last_retry() -> None:
    """A menu does not repeat itself for ever."""
    leg = ScriptedLeg()
    with Prompter(Call(leg)) as line:
        assert await choose(line, Announcement(b"prompt"), "1", wait=0.01, retries=2) is None
    assert leg.played == [b"prompt"] * 3
