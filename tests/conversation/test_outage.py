"""The time between two sessions."""

from gateway.conversation.outage import HoldPrompts


def test_a_short_outage_is_not_heard() -> None:
    """Most losses are mended before anybody notices."""
    outage = HoldPrompts(after=1.0, every=6.0)
    outage.began(10.0, lost=True)
    assert outage.hold(10.9) == ""
    outage.over()
    assert outage.hold(20.0) == ""


def test_a_long_one_is_filled_now_and_then() -> None:
    """Each time with an item of its own."""
    outage = HoldPrompts(after=1.0, every=6.0)
    outage.began(10.0, lost=True)
    outage.began(10.5, lost=True)
    assert [outage.hold(now) for now in (11.0, 12.0, 17.0)] == ["hold_1", "", "hold_2"]


def test_a_new_session_does_not_end_the_wait_by_itself() -> None:
    """The caller may have spoken meanwhile, or be owed an answer: it goes on until that is heard."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    assert outage.hold(11.0) == "hold_1"
    outage.mended(12.0)
    assert outage.hold(12.1) == ""
    outage.goes_on()
    assert [outage.hold(now) for now in (15.9, 16.0, 20.9, 21.0)] == ["", "hold_2", "", "hold_3"]
    outage.over()
    assert outage.hold(30.0) == ""


def test_a_new_session_ends_it_where_nobody_waits() -> None:
    """Nothing is said into a silence that is nobody's."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    outage.mended(10.5)
    assert [outage.hold(now) for now in (11.0, 14.0, 14.5, 20.0)] == [""] * 4
    outage.goes_on()
    outage.spoke(20.0)
    assert outage.hold(30.0) == ""


def test_an_answer_may_take_its_usual_time() -> None:
    """Whoever has just spoken is not asked for patience at once, however long the wait before was."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    outage.mended(12.0)
    outage.spoke(15.0)
    assert [outage.hold(now) for now in (15.9, 16.0)] == ["", "hold_1"]


def test_a_second_outage_goes_on_with_the_first() -> None:
    """A session that is lost before anything was heard of it."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    outage.mended(10.5)
    outage.began(10.6, lost=True)
    assert outage.hold(11.0) == "hold_1"


def test_a_caller_who_speaks_is_listened_to() -> None:
    """For a while: a session on a busy machine tells late that he has finished."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=True)
    assert outage.hold(11.0) == "hold_1"
    outage.mended(12.0)
    outage.speaks(15.0)
    assert [outage.hold(now) for now in (16.0, 17.9, 18.0)] == ["", "", "hold_2"]
    for now in (22.0, 24.0, 25.5):
        outage.speaks(now)
        outage.spoke(now + 0.1)
    assert [outage.hold(now) for now in (25.9, 26.0)] == ["", "hold_3"]


def test_a_caller_who_speaks_is_answered_anew() -> None:
    """By a session that was late, not lost: what was overdue is not any more."""
    outage = HoldPrompts(after=1.0, every=5.0)
    outage.began(10.0, lost=False)
    outage.speaks(10.5)
    assert outage.hold(30.0) == ""
