from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.audio import BYTES_PER_MS
from gateway.realtime.backlog import AT_ONCE_MS, MOST_MS, Backlog

FRAME = 20 * BYTES_PER_MS


def frame(number: int) -> bytes:
    return bytes([number % 256]) * FRAME


def test_a_single_frame_passes_as_it_is() -> None:
    """The usual case copies nothing."""
    backlog, pcm = Backlog(), frame(1)
    backlog.put(pcm)
    assert backlog.take() is pcm
    assert not backlog


def test_a_backlog_is_sent_in_larger_pieces_in_order() -> None:
    """After a gap fewer events carry the same sound, none longer than allowed at once."""
    backlog = Backlog()
    for number in range(50):
        backlog.put(frame(number))
    pieces = []
    while backlog:
        pieces.append(backlog.take())
    assert b"".join(pieces) == b"".join(map(frame, range(50)))
    assert max(map(len, pieces)) == AT_ONCE_MS * BYTES_PER_MS
    assert len(pieces) == 3


def test_the_oldest_goes_first_and_is_counted() -> None:
    """Five seconds are kept; what a caller said before that is given up."""
    backlog = Backlog()
    for number in range(MOST_MS // 20 + 10):
        backlog.put(frame(number))
    assert (backlog.held_ms, backlog.dropped_ms) == (MOST_MS, 200)
    assert backlog.take()[:FRAME] == frame(10)


def test_a_long_piece_does_not_go_as_a_whole() -> None:
    """A turn to be heard again comes in one piece: what follows it costs only its beginning."""
    backlog = Backlog()
    backlog.put(bytes(MOST_MS * BYTES_PER_MS))
    backlog.put(frame(1))
    assert backlog.dropped_ms == AT_ONCE_MS
    assert len(backlog.take()) == AT_ONCE_MS * BYTES_PER_MS
    assert backlog.contents().endswith(frame(1))


def test_forgotten_is_not_dropped() -> None:
    """Audio that is let go on purpose does not count as lost."""
    backlog = Backlog()
    backlog.put(frame(1))
    backlog.clear()
    assert (bool(backlog), backlog.held_ms, backlog.dropped_ms) == (False, 0, 0)


@given(st.lists(st.integers(0, 3000), max_size=60))
def test_what_goes_in_comes_out_or_is_counted(sizes: list[int]) -> None:
    """Nothing is lost uncounted, whatever the sizes of the pieces."""
    backlog = Backlog(most_ms=100, bytes_per_ms=10)
    for size in sizes:
        backlog.put(bytes(size))
        assert backlog.held_ms <= 100
    out = 0
    while backlog:
        out += len(backlog.take())
    assert out + backlog._dropped == sum(sizes)
