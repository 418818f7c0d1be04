"""Whether somebody has said yes."""

import pytest

from gateway.conversation.yes_or_no import said_yes


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "yeah, sure",
        "OK, go ahead!",
        "That's right.",
        "Ja, gerne.",
        "Natürlich",
        "in Ordnung",
        "Oui, d'accord.",
        "Bien sûr !",
        "Sí, claro.",
        "Va bene",
        "Sim, pode ser",
        "Ja graag",
    ],
)
def test_a_yes_is_one_in_many_languages(text: str) -> None:
    """With whatever stands around it."""
    assert said_yes(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "No.",
        "No, thank you.",
        "Yes, but don't do it yet",
        "Yes... no, wait!",
        "I'd rather not",
        "Nein, danke",
        "Ja, aber lieber nicht",
        "Non merci",
        "Nee",
        "Não",
        "please don\u2019t",
        "cancel",
    ],
)
def test_a_no_wins_wherever_it_stands(text: str) -> None:
    """What is done may not be to be undone."""
    assert said_yes(text) is False


@pytest.mark.parametrize(
    "text", ["", "...", "What will that cost?", "Hmm", "yes " + "and then there is more " * 4]
)
def test_what_is_neither_is_neither(text: str) -> None:
    """The question is asked again."""
    assert said_yes(text) is None
