"""English is told from other languages by the commonest words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.dialplan.language import is_english, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Sorry, we cannot take your call right now.", "en"),
        ("Welcome to Hotel Zur Post. Press 1 for rooms.", "en"),
        ("Thanks for calling La Cantina de los Reyes.", "en"),
        ("Goodbye.", "en"),
        ("Acme GmbH", "en"),
        ("Bonjour", "en"),  # one word is too little to tell
        ("", "en"),
        ("Entschuldigung, wir k\u00f6nnen Ihren Anruf gerade nicht annehmen.", "de"),
        ("Bitte dr\u00fccken Sie die 1 f\u00fcr den Verkauf.", "de"),
        ("D\u00e9sol\u00e9, nous ne pouvons pas prendre votre appel.", "fr"),
        ("Lo sentimos, no podemos atender su llamada en este momento.", "es"),
        ("Siamo spiacenti, la chiamata non pu\u00f2 essere accettata.", "it"),
        ("Sorry, wij kunnen uw gesprek nu niet aannemen, een ogenblik.", "nl"),
        ("Desculpe, n\u00e3o podemos atender a sua chamada, obrigado.", "pt"),
        ("Tack f\u00f6r att du ringer, v\u00e4nta.", "sv"),
        ("\u0418\u0437\u0432\u0438\u043d\u0438\u0442\u0435", "und"),
        ("\u304a\u96fb\u8a71\u3042\u308a\u304c\u3068\u3046", "und"),
    ],
)
def test_a_text_has_a_language(text: str, language: str) -> None:
    """Names in another language do not make a text foreign; what cannot be told is English."""
    assert language_of(text) == language


def test_variables_are_no_words() -> None:
    """They stand for something else."""
    assert language_of("{der} {die} {und} {nicht}") == "en"


def test_codes_of_english() -> None:
    """As ISO 639 has it, with or without a country."""
    assert [is_english(code) for code in ("en", "en-GB", "EN", "de", "und")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@settings(deadline=None)  # a busy machine is no mistake
@given(st.text(max_size=100))
def test_any_text_has_one(text: str) -> None:
    """Whatever is written."""
    assert language_of(text)
