"""Signs that somebody listens."""

import pytest

from gateway.conversation.backchannel import is_backchannel


@pytest.mark.parametrize(
    "text",
    [
        *("Mm-hmm.", "Mhm", "Uh-huh.", "Hmm", "Mm", "Yeah.", "Yes, yes.", "Okay.", "Oh, I see.", "Right."),
        *("Ah!", "Mama.", "Her.", "Right?", "Ja, genau.", "Ach so.", "D'accord.", "Of course.", ""),
        *("Ha ha ha ha ha ha!", "Hahahaha", "Hehe.", "[laughter]", "(coughs) Yeah.", "*sighs*"),
    ],
)
def test_signs(text: str) -> None:
    """Hums however they are written, and a few words."""
    assert is_backchannel(text)


@pytest.mark.parametrize(
    "text",
    [
        "Stop.",
        "No.",
        "Yes, but",
        "What?",
        "Home",
        "Yeah, I have a question.",
        "Wait",
        "Yes yes yes yes yes",
        "Hello?",
    ],
)
def test_words_that_want_something(text: str) -> None:
    """They stop the agent."""
    assert not is_backchannel(text)
