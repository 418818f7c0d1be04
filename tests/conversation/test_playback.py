"""The book of what the caller hears."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.call import DeleteItem, Flushed, Truncate
from gateway.conversation.playback import BYTES_PER_MS, KNOWN, PlaybackTracker


def test_an_empty_book_owes_the_model_nothing() -> None:
    """A flush of silence has no consequences."""
    assert PlaybackTracker().flushed(Flushed("", 0, 0)) == []


def test_what_comes_after_a_flush_was_not_flushed() -> None:
    """The line reports a flush at its next tick: an answer may be on its way to the caller by then."""
    book = PlaybackTracker()
    book.add("r1", "a", 4800, 0.0)
    book.flush()
    assert not book
    book.add("r2", "b", 4800, 0.1)
    assert book.flushed(Flushed("a", 50, 50)) == [Truncate("a", 50)]
    assert book.responses == {"r2"}
    assert book.flushed(Flushed("b", 20, 80)) == [Truncate("b", 20)]


def test_what_was_heard_out_as_it_was_flushed_is_heard() -> None:
    """Its report was on its way; with it everything before is heard."""
    book = PlaybackTracker()
    for item in "ab":
        book.add("r", item, 4800, 0.0)
    book.flush()
    book.add("r2", "c", 4800, 0.0)
    assert book.heard("a") == []
    assert book.flushed(Flushed("b", 0, 100)) == [DeleteItem("b")]
    assert book.heard("c") == []
    assert not book


def test_an_unknown_item_on_air_takes_back_everything_queued() -> None:
    """What was heard before is over; all items in the book were not begun."""
    book = PlaybackTracker()
    book.add("resp", "b", 480, 0.0)
    assert book.flushed(Flushed("a", 900, 0)) == [DeleteItem("b")]


def test_what_is_on_air_began_with_its_first_item() -> None:
    """And not again before all of it was heard."""
    book = PlaybackTracker()
    for item, now in (("a", 1.0), ("a", 1.5), ("b", 2.0)):
        book.add("resp", item, 480, now)
    assert book.began == 1.0
    book.heard("b")
    book.add("resp", "c", 480, 3.0)
    assert book.began == 3.0


def test_hearing_an_item_settles_those_before_it() -> None:
    """Items are heard in order."""
    book = PlaybackTracker()
    for item in "abc":
        book.add("resp", item, 480, 0.0)
    book.heard("b")
    assert book.flushed(Flushed("c", 5, 5)) == [Truncate("c", 5)]


def test_more_than_is_played_is_told_when_the_rest_was_heard() -> None:
    """Audio was dropped of an item on its way, heard to its end, cut off, or never begun."""
    book = PlaybackTracker()
    book.add("resp", "heard", 480, 0.0)
    assert book.heard("heard") == []
    book.add("resp", "coming", 960, 0.0)
    assert book.dropped("coming") == []
    assert book.dropped("heard") == [Truncate("heard", 10)]
    assert book.dropped("never") == [DeleteItem("never")]
    assert book.heard("coming") == [Truncate("coming", 20)]
    book.add("resp", "flushed", 960, 0.0)
    book.flushed(Flushed("flushed", 10, 10))
    book.add("resp", "flushed at its end", 960, 0.0)
    book.sent_all("flushed at its end")
    book.dropped("flushed at its end")
    assert book.flushed(Flushed("flushed at its end", 20, 0)) == [Truncate("flushed at its end", 20)]
    for settled in ("heard", "never", "coming", "flushed", "flushed at its end"):
        assert book.dropped(settled) == []


def test_only_the_last_items_are_remembered() -> None:
    """A call lasts an hour."""
    book = PlaybackTracker()
    for number in range(KNOWN + 1):
        book.add("resp", f"item {number}", 480, 0.0)
        book.heard(f"item {number}")
    assert book.dropped("item 0") == [DeleteItem("item 0")]
    assert book.dropped("item 1") == [Truncate("item 1", 10)]


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=6), st.integers(0, 6), st.integers(0, 9000))
def test_every_item_is_settled_exactly_once(lengths: list[int], position: int, heard: int) -> None:
    """Whatever the flush reports, no item is named twice and no cut is longer than its item."""
    book = PlaybackTracker()
    names = [f"item_{n}" for n in range(len(lengths))]
    for name, ms in zip(names, lengths, strict=True):
        book.add("resp", name, ms * BYTES_PER_MS, 0.0)
    on_air = names[position] if position < len(names) else ""
    orders = book.flushed(Flushed(on_air, heard, 1))
    settled = [order.item_id for order in orders]
    assert len(set(settled)) == len(settled)
    for order in orders:
        if isinstance(order, Truncate):
            assert 0 < order.audio_end_ms <= lengths[names.index(order.item_id)]
    assert not book
