"""A queue in little memory."""

from __future__ import annotations

import sys
from collections import deque

import pytest

from gateway.short_queue import ShortQueue


def test_the_oldest_is_taken_first() -> None:
    """As of a deque."""
    queue = ShortQueue[int]()
    for item in range(3):
        queue.append(item)
    assert [queue.popleft() for _ in range(3)] == [0, 1, 2]
    assert not queue
    with pytest.raises(IndexError):
        queue.popleft()


def test_beyond_the_most_the_oldest_is_dropped() -> None:
    """It is none of those that count."""
    queue = ShortQueue[int](most=2)
    for item in range(5):
        queue.append(item)
    assert queue == [3, 4]


def test_an_empty_one_takes_little() -> None:
    """That is what it is for."""
    assert sys.getsizeof(ShortQueue[int](most=2)) < sys.getsizeof(deque[int]()) / 5
