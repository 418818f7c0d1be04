"""Items of one response, heard one after the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.realtime.item_queue import ItemQueue

PIECES = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30)


def test_items_that_come_one_after_the_other_pass() -> None:
    """As most servers send them; a tail that comes after the end of its item is its own."""
    queue = ItemQueue()
    assert queue.passes("a", b"1")
    assert queue.passes("a", b"2")
    assert queue.complete("a") == []
    assert queue.passes("a", b"3")
    assert queue.passes("b", b"4")
    assert queue.rest() == []


def test_a_later_item_waits_for_the_one_before() -> None:
    """And is heard as it comes once that is complete."""
    queue = ItemQueue()
    assert queue.passes("a", b"1")
    assert not queue.passes("b", b"2")
    assert not queue.passes("c", b"3")
    assert queue.waits("b")
    assert queue.complete("c") == []
    assert queue.complete("a") == [("b", b"2", False)]
    assert queue.passes("b", b"4")
    assert queue.complete("b") == [("c", b"3", True)]


@given(PIECES)
def test_nothing_is_lost_and_no_item_is_cut_by_another(pieces: list[tuple[str, bool]]) -> None:
    """Whatever the order in which pieces come and items are completed."""
    queue, heard, sent = ItemQueue(), [], {"a": b"", "b": b"", "c": b""}
    done: set[str] = set()
    for number, (item, last) in enumerate(pieces):
        if item in done:
            continue
        pcm = bytes([number])
        sent[item] += pcm
        if queue.passes(item, pcm):
            heard.append((item, pcm))
        if last:
            done.add(item)
            heard += [(released, audio) for released, audio, _ in queue.complete(item)]
    heard += queue.rest()
    order = [item for n, (item, _) in enumerate(heard) if not n or heard[n - 1][0] != item]
    assert len(order) == len(set(order))
    for item, pcm in sent.items():
        assert b"".join(audio for name, audio in heard if name == item) == pcm
