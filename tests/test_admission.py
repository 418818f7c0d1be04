"""The bounds of a process and of each plan."""

from gateway.admission import BUSY, DRAINING, FULL, Admission


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
    assert admission.enter("sales", 1) is None
    assert admission.enter("sales", 1) is BUSY
    assert admission.enter("support", 1) is None
    admission.leave("sales")
    assert admission.enter("sales", 1) is None


def test_a_plan_without_a_bound_is_counted_all_the_same() -> None:
    """A bound may be added while calls are up."""
    admission = Admission(max_calls=10)
    admission.enter("sales", None)
    assert admission.enter("sales", 1) is BUSY
