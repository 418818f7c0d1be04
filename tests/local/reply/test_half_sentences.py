"""Two turns that are one sentence."""

from gateway.local.reply.half_sentences import with_first_half
from gateway.local.vocabulary import HeardTurn, Recognised


def said(*turns: tuple[str, str]) -> str:
    """What is to be answered after these turns, the last of which was just heard."""
    heard = Recognised(turns[-1][1], -0.1)
    return with_first_half(heard, [HeardTurn(role, text) for role, text in turns]).text


def test_halves_are_joined() -> None:
    """All that were not answered, as numbers in pairs are."""
    assert said(("user", "I would like to know..."), ("user", "whether you are open.")) == (
        "I would like to know whether you are open."
    )
    assert said(("user", "One two."), ("user", "Three four."), ("user", "Five six.")) == (
        "One two Three four Five six."
    )


def test_whole_turns_are_not() -> None:
    """Nor one that the agent has answered, nor one that is not known."""
    assert said(("user", "What time is it?"), ("user", "Stop.")) == "Stop."
    assert said(("user", "One two."), ("assistant", "Yes?"), ("user", "Three.")) == "Three."
    assert said(("user", ""), ("user", "Three.")) == "Three."
    assert said(("user", "One two."), ("user", "")) == ""
