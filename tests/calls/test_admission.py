"""The bounds of a process and of each plan."""

from gateway.calls.admission import BUSY, DRAINING, FULL, Admission, PlanSlot


def test_a_full_process_sends_callers_elsewhere() -> None:
    """503, so that a proxy tries the next gateway."""
    admission = Admission(max_calls=1)
    assert admission.refuse() is None
    admission.calls += 1
    assert admission.refuse() is FULL


def test_a_draining_process_takes_nobody() -> None:
    """However empty it is."""
    assert Admission(max_calls=10, draining=True).refuse() is DRAINING


def test_a_full_plan_is_busy_until_somebody_leaves() -> None:
    """486 is heard by the caller; other plans are untouched."""
    admission = Admission(max_calls=10)
    first, second = PlanSlot(admission), PlanSlot(admission)
    assert first.take("sales", 1) is None
    assert second.take("sales", 1) is BUSY
    assert second.take("support", 1) is None
    first.leave()
    assert second.take("sales", 1) is None


def test_a_plan_without_a_bound_is_counted_all_the_same() -> None:
    """A bound may be added while calls are up."""
    admission = Admission(max_calls=10)
    PlanSlot(admission).take("sales", None)
    assert PlanSlot(admission).take("sales", 1) is BUSY


def test_a_call_counts_in_one_plan_at_a_time() -> None:
    """Where it went on to, and not where it came from, even when there is no room for it."""
    admission = Admission(max_calls=10)
    PlanSlot(admission).take("sales", None)
    place = PlanSlot(admission)
    place.take("menu", 1)
    assert place.take("sales", 1) is BUSY
    assert admission.by_plan == {"sales": 1}
    place.take("support", 1)
    assert admission.by_plan == {"sales": 1, "support": 1}


def test_a_call_does_not_push_itself_out() -> None:
    """A menu may lead back to itself, also when more calls are in the plan than it now allows."""
    admission = Admission(max_calls=10)
    places = PlanSlot(admission), PlanSlot(admission)
    for place in places:
        place.take("menu", 2)
    assert places[0].take("menu", 1) is None
    for place in places:
        place.leave()
        place.leave()
    assert not admission.by_plan
