"""The index finds what asking every entry in turn would find, in the same order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.dialplan.index import Index
from gateway.dialplan.numbers import Kind, address, parse_entry

ENTRIES = st.lists(
    st.sampled_from(
        [
            "*",
            "100",
            "+1555123",
            "+15551230001",
            "15551230001",
            "_X.",
            "_1XX",
            "+1*",
            "+1555*",
            "_+1555[0-2]!",
            "/1.*/",
            "sip:desk",
            "sip:desk@a.example",
            "sip:de*",
            "sip:1*",
        ]
    ),
    max_size=12,
)
ADDRESSES = st.sampled_from(
    ["100", "+15551230001", "0015551230001", "desk", "sip:desk@a.example", "", "199", "anonymous"]
)


@given(ENTRIES, ADDRESSES)
def test_the_index_finds_what_a_search_finds(texts: list[str], user: str) -> None:
    """Exact entries first, then patterns, each in the order given."""
    entries = [(parse_entry(text), rank) for rank, text in enumerate(texts)]
    called = address(user)
    expected = [
        (entry.text, rank)
        for kind in (Kind.EXACT, Kind.PATTERN)
        for entry, rank in entries
        if entry.kind is kind and entry.matches(called)
    ]
    index = Index(entries)
    assert [(entry.text, rank) for entry, rank in index.narrow(called)] == expected
    assert [rank for _, rank in index.any()] == [rank for entry, rank in entries if entry.kind is Kind.ANY]
