"""What a caller heard of a sentence that was cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.heard_text import as_heard

SENTENCE = "We are open from nine to five."


@pytest.mark.parametrize(
    ("heard", "sent", "expected"),
    [
        (3000, 3000, SENTENCE),
        (0, 0, SENTENCE),
        (0, 3000, ""),
        (100, 3000, ""),
        (1500, 3000, "We are open ..."),
    ],
)
def test_a_sentence_is_cut_at_a_words_end(heard: int, sent: int, expected: str) -> None:
    """In proportion to what was heard of its sound."""
    assert as_heard(SENTENCE, heard, sent) == expected


@given(st.text(), st.integers(0, 5000), st.integers(0, 5000))
def test_what_was_heard_is_a_beginning_of_what_was_said(text: str, heard: int, sent: int) -> None:
    """Nothing is made up."""
    assert text.startswith(as_heard(text, heard, sent).removesuffix(" ..."))
