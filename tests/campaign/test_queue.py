"""Who is called next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.campaign.entries import ListEntry
from gateway.campaign.queue import CLOSED_S, CallQueue
from gateway.campaign.rules import Rules

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
OFFICE = Rules("p", windows=("daily 09:00-18:00",), zone="UTC")


def people(*zones: str) -> list[ListEntry]:
    """Return a list of people in these zones."""
    return [ListEntry(line, f"+{line}", {}, zone) for line, zone in enumerate(zones, 2)]


def test_people_are_called_in_their_order() -> None:
    """Of the list, whatever their zones."""
    queue = CallQueue(people("", "Europe/Berlin", ""), OFFICE)
    assert [queue.next(0.0, NOON).line for _ in range(3)] == [2, 3, 4]  # type: ignore[union-attr]
    assert queue.next(0.0, NOON) is None
    assert len(queue) == 0


def test_those_whose_hours_have_not_come_are_passed_over() -> None:
    """And looked at again after a while."""
    queue = CallQueue(people("Asia/Tokyo", "Europe/Berlin"), OFFICE)
    assert queue.next(0.0, NOON).zone == "Europe/Berlin"  # type: ignore[union-attr]
    assert queue.next(1.0, NOON) is None
    assert queue.waiting_by_zone() == {"Asia/Tokyo": 1}
    assert 0 < queue.wait_s(1.0) <= CLOSED_S
    morning = NOON + timedelta(hours=13)
    assert queue.next(2 * CLOSED_S, morning).zone == "Asia/Tokyo"  # type: ignore[union-attr]


def test_whoever_is_tried_again_has_their_time() -> None:
    """Then they come before those who were never called."""
    first, second = people("", "")
    queue = CallQueue([first, second], Rules("p"))
    assert queue.next(0.0, NOON) is first
    queue.again(first, 10.0)
    assert queue.next(10.0, NOON) is first
    queue.again(first, 20.0)
    assert queue.next(11.0, NOON) is second
    assert queue.next(12.0, NOON) is None
    assert queue.wait_s(12.0) == 8.0


def test_whoever_is_due_again_when_it_is_late_waits_for_the_morning() -> None:
    """Also a retry keeps to the hours."""
    (one,) = people("")
    queue = CallQueue([], OFFICE)
    queue.again(one, 5.0)
    assert queue.next(6.0, NOON + timedelta(hours=9)) is None
    assert len(queue) == 1
    assert queue.next(6.0 + CLOSED_S, NOON + timedelta(hours=22)) is one
