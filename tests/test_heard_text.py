"""What a caller heard of a sentence that was cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.heard_text import as_heard, letters

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


@pytest.mark.parametrize(
    ("heard", "expected"),
    [(500, "我们每天 ..."), (1000, "我们每天早上九点 ..."), (1700, "我们每天早上九点 open ...")],
)
def test_where_no_spaces_are_written_each_sign_is_a_word(heard: int, expected: str) -> None:
    """Chinese, with a word of English in it."""
    assert as_heard("我们每天早上九点 open 五", heard, 1875) == expected


def test_signs_are_longer_than_letters() -> None:
    """As they are spoken."""
    assert letters("nine") == 4
    assert letters("九点") == 7


@given(st.text(), st.integers(0, 5000), st.integers(0, 5000))
def test_what_was_heard_is_a_beginning_of_what_was_said(text: str, heard: int, sent: int) -> None:
    """Nothing is made up."""
    assert text.startswith(as_heard(text, heard, sent).removesuffix(" ..."))
