"""What is said over the agent, until it is known what it is."""

from gateway.conversation.interjection import (
    CONFIRMED_WITHIN,
    LONGEST_S,
    TOLD_LATER,
    WORDS_WITHIN,
    Interjection,
    InterjectionKind,
)


def test_a_suspicion_becomes_speech() -> None:
    """From when it began, once the session says so; a later voice does not take that back."""
    one = Interjection()
    assert one.begin(1.0, known=False) == CONFIRMED_WITHIN
    assert one.end(1.2, words=True) is None
    assert not one.heard_out
    assert one.begin(1.5, "item", known=True) == round(LONGEST_S - 0.5, 3)
    assert one.end(1.7, words=True) is None
    one.begin(1.8, known=False)
    assert one.heard_out
    assert one.item_id == "item"
    assert one.said("Stop") is InterjectionKind.INTERRUPTION
    assert not one.open
    assert one.item_id == ""


def test_who_goes_on_before_the_words_are_known_is_listened_to() -> None:
    """The words of the first half alone say nothing."""
    one = Interjection()
    one.begin(1.0)
    one.end(1.3, words=True)
    one.begin(1.4)
    assert one.said("Mm-hmm.") is None
    assert one.due(1.0 + LONGEST_S) is InterjectionKind.INTERRUPTION


def test_the_pause_at_its_end_is_none_of_its_length() -> None:
    """Whoever finds the turns tells late that one is over."""
    one = Interjection(0.5)
    assert one.begin(1.0) == LONGEST_S + 0.5
    assert one.due(1.4 + LONGEST_S) is None
    assert one.end(1.4 + LONGEST_S, 0.5, words=True) is None
    assert one.said("Oh, I see.") is InterjectionKind.NOTHING
    one.begin(5.0)
    assert one.end(5.55 + LONGEST_S, 0.5, words=True) is InterjectionKind.INTERRUPTION


def test_a_session_that_tells_late_of_a_silence_is_waited_for() -> None:
    """For a while; a voice that is heard is not."""
    for silent in (False, True):
        one = Interjection()
        one.begin(1.0)
        first = one.due(1.0 + LONGEST_S, silent=silent)
        assert (first is None) is silent
    assert one.end(1.3 + LONGEST_S, ago=LONGEST_S, words=True) is None
    assert one.said("Mm-hmm.") is InterjectionKind.NOTHING
    one.begin(5.0)
    assert one.due(5.0 + LONGEST_S + TOLD_LATER, silent=True) is InterjectionKind.INTERRUPTION


def test_nothing_is_due_of_nothing() -> None:
    """And a verdict comes once."""
    one = Interjection()
    assert one.due(100.0) is None
    assert one.said("Yes") is None
    assert one.end(1.0, words=True) is None
    one.begin(1.0, known=False)
    assert one.due(1.0 + CONFIRMED_WITHIN) is InterjectionKind.NOTHING
    assert one.due(9.0) is None


def test_words_are_waited_for_a_while() -> None:
    """Then it was an interruption."""
    one = Interjection()
    one.begin(1.0)
    one.end(1.3, words=True)
    assert one.due(1.2 + WORDS_WITHIN) is None
    assert one.due(1.3 + WORDS_WITHIN) is InterjectionKind.INTERRUPTION
