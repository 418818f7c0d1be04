"""Finding the plans for an address among thousands: exact numbers by a look-up, patterns by their start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from gateway.dialplan.numbers import DialledAddress, Entry, Kind, keys

T = TypeVar("T")


class Index(Generic[T]):
    """Entries in the order in which they are asked, each with what it stands for."""

    def __init__(self, entries: Iterable[tuple[Entry, T]]) -> None:
        self._exact: dict[str, list[tuple[int, Entry, T]]] = defaultdict(list)
        self._patterns: dict[str, list[tuple[int, Entry, T]]] = defaultdict(list)
        self._any: list[tuple[int, Entry, T]] = []
        for rank, (entry, value) in enumerate(entries):
            found = (rank, entry, value)
            match entry.kind:
                case Kind.EXACT:
                    self._exact[entry.key].append(found)
                case Kind.PATTERN:
                    # A pattern that matches begins with its fixed part, so only a number's own beginnings
                    # need to be looked up: some 12 look-ups instead of 200 regular expressions.
                    self._patterns[entry.key].append(found)
                case Kind.ANY:
                    self._any.append(found)
        self._longest = max(map(len, self._patterns), default=0)

    def narrow(self, address: DialledAddress) -> Iterator[tuple[Entry, T]]:
        """Exact entries for this address, then patterns, each in the order of asking."""
        if exact := [found for key in keys(address) for found in self._exact.get(key, ())]:
            yield from _in_order(exact)
        patterns = self._patterns
        near: dict[int, tuple[int, Entry, T]] = {}
        for form in {*keys(address)}:
            for end in range(min(len(form), self._longest) + 1):
                for found in patterns.get(form[:end], ()):
                    near[found[0]] = found
        for rank in sorted(near):
            _, entry, value = near[rank]
            if entry.matches(address):
                yield entry, value

    def any(self) -> Iterator[tuple[Entry, T]]:
        """The entries that match everything."""
        for _, entry, value in self._any:
            yield entry, value


def _in_order(found: list[tuple[int, Entry, T]]) -> Iterator[tuple[Entry, T]]:
    seen: set[int] = set()
    for rank, entry, value in sorted(found, key=lambda f: f[0]):
        if rank not in seen:
            seen.add(rank)
            yield entry, value
