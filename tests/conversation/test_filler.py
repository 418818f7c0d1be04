"""What is heard while a function takes its time."""

from gateway.conversation.filler import ToolFiller


def test_a_filler_comes_once_after_a_silence() -> None:
    """Counted from the call of the function; each one has a name of its own."""
    filler = ToolFiller(1.0)
    assert filler.due(5.0) == ""
    filler.called(5.0)
    assert filler.due(5.9) == ""
    assert filler.due(6.0) == "filler_1"
    assert filler.due(20.0) == ""
    filler.called(30.0)
    assert filler.due(31.0) == "filler_2"


def test_who_is_heard_makes_no_silence() -> None:
    """The agent that says it will look, or the caller: the time counts from their last word."""
    filler = ToolFiller(1.0)
    filler.called(0.0)
    filler.heard(2.0)
    assert filler.due(2.9) == ""
    assert filler.due(3.0) == "filler_1"


def test_a_function_that_is_done_needs_none() -> None:
    """Nor does a plan that wants none."""
    filler = ToolFiller(1.0)
    filler.called(0.0)
    filler.over()
    assert filler.due(9.0) == ""
    silent = ToolFiller(None)
    silent.called(0.0)
    silent.heard(0.5)
    assert silent.due(9.0) == ""
