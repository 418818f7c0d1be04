"""The last that happened, by its number."""

from __future__ import annotations

from gateway.api.news_ring import NewsRing


def ring(lines: int, **most: int) -> NewsRing:
    """Return a ring to which so many lines were told."""
    kept = NewsRing("ab12", **most)
    for number in range(1, lines + 1):
        kept.add(f"c{number}", "Digit", b'{"n":%d}' % number)
    return kept


def test_a_line_as_it_is_sent() -> None:
    """Id, name and data, each on a line of its own."""
    (line,) = ring(1).since(0)
    assert line.sent == b'id: ab12-1\nevent: Digit\ndata: {"n":1}\n\n'


def test_what_came_after() -> None:
    """In its order; nothing after the last."""
    kept = ring(5)
    assert [line.number for line in kept.since(3)] == [4, 5]
    assert list(kept.since(5)) == []
    assert [line.number for line in kept.since(0)] == [1, 2, 3, 4, 5]


def test_what_is_gone_is_counted() -> None:
    """By lines, and by bytes."""
    kept = ring(10, most_lines=4)
    assert [line.number for line in kept.since(2)] == [7, 8, 9, 10]
    assert (kept.lost(2), kept.lost(6), kept.lost(10)) == (4, 0, 0)
    assert [line.number for line in ring(10, most_bytes=100).since(0)] == [9, 10]
    assert [line.number for line in ring(3, most_bytes=1).since(0)] == [3]


def test_ids() -> None:
    """Ours lead to their number, others to none, one that was never told to the last."""
    kept = ring(3)
    assert kept.last_id == "ab12-3"
    assert kept.number_of("ab12-2") == 2
    assert kept.number_of("ab12-99") == 3
    for other in ("cd34-2", "ab12-", "ab12-x", "ab12--1", "2", "", "ab12-" + "9" * 400, "ab12-٣"):
        assert kept.number_of(other) is None, other
