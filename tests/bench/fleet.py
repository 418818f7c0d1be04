"""Many gateways behind an edge, on paper: `python -m tests.bench.fleet [NODES [CALLS_EACH [HOURS]]]`.

Calls arrive, are talked and end; gateways die, come back and drain. What the edge does with them is what
deploy/kamailio does (the gateway with the fewest calls, the next one after a 503 or 1.5 s of silence, OPTIONS
each second), and what bounds of plans do is what `cluster` does (leases of 15 s). Seeded: the same numbers
each time. `tests.proofs.cluster fleet` holds two of them against two real gateways, call by call.
"""

from __future__ import annotations

import heapq
import itertools
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SILENT_S = 1.5
"""After so long without a word of a gateway the next one is asked (`fr_timer`), and this one is left out."""
PING_S = 1.0
LEASE_S = 15.0
STARTS_S = 3.0
"""From the death of a gateway to the first call of the next one in its place."""
DRAINS_S = 30.0
"""`drain_seconds`: calls that are still up then are ended with a goodbye, and are counted as cut."""
GIVES_UP_S = 10.0
"""Seconds until a caller whose gateway has died hangs up, on average: until then the edge counts the call."""


class Call(NamedTuple):
    """One call: where it is, and which of that gateway's lives it belongs to."""

    number: int
    node: int
    life: int


@dataclass
class Node:
    """A gateway; `known` is what the edge believes of it."""

    most: int
    life: int = 0
    up: bool = True
    draining: bool = False
    known: bool = True
    calls: set[int] = field(default_factory=set)
    at_edge: int = 0
    """Calls that the edge counts there."""


@dataclass
class Outcome:
    """What became of all calls."""

    made: int = 0
    refused: int = 0
    lost: int = 0
    cut: int = 0
    late: int = 0
    """Answered only after a gateway that said nothing."""
    above: int = 0
    """Times that a plan had more calls than it may."""
    healed_s: float = 0.0
    """The longest time for which a dead gateway's calls kept room in the plan."""


class Fleet:
    """Gateways behind one edge; `cap` is the bound of the one plan that all calls are in."""

    def __init__(self, nodes: int, most: int, *, cap: int | None = None, seed: int = 1) -> None:
        self.nodes = [Node(most) for _ in range(nodes)]
        self.outcome = Outcome()
        self.now = 0.0
        self._cap = nodes * most if cap is None else cap
        self._leases: Counter[tuple[int, int]] = Counter()  # calls of a node's life
        self._chance = random.Random(seed)
        self._numbers = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    # --- time ----------------------------------------------------------------------------------------

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Let something happen."""
        heapq.heappush(self._events, (when, next(self._numbers), what))

    def run(self, seconds: float) -> Outcome:
        """Let so much time pass; return what has become of all calls so far."""
        ends = self.now + seconds
        while self._events and self._events[0][0] <= ends:
            self.now, _, what = heapq.heappop(self._events)
            what()
        self.now = ends
        return self.outcome

    def rings(self, a_second: float, talk_s: float) -> None:
        """Have calls arrive by chance, so many a second, each talked for so long on average."""

        def one() -> None:
            self.call(self._chance.expovariate(1 / talk_s))
            self.at(self.now + self._chance.expovariate(a_second), one)

        self.at(self.now, one)

    # --- calls ---------------------------------------------------------------------------------------

    def call(self, talk_s: float) -> Call | None:
        """Ring; return where it was answered, None if nowhere."""
        self.outcome.made += 1
        asked: set[int] = set()
        while (number := self._fewest(asked)) is not None:
            asked.add(number)
            node = self.nodes[number]
            if not node.up:
                self._found_silent(node)
                self.outcome.late += len(asked) == 1
            elif not node.draining and len(node.calls) < node.most:
                return self._answered(number, talk_s)
        self.outcome.refused += 1
        return None

    def _found_silent(self, node: Node) -> None:
        """Leave a gateway out once it has said nothing for so long; until then, who is sent there waits.

        The edge counts who waits there, so the next one is sent elsewhere unless that has as many.
        """
        life = node.life
        node.at_edge += 1
        self.at(self.now + SILENT_S, lambda: self._hung_up(node))

        def leave_out() -> None:
            if node.life == life and not node.up:
                node.known = False

        self.at(self.now + SILENT_S, leave_out)

    def _fewest(self, asked: set[int]) -> int | None:
        """Return the gateway that the edge asks next (dispatcher's algorithm 10)."""
        known = (one for one, node in enumerate(self.nodes) if node.known and one not in asked)
        return min(known, key=lambda one: self.nodes[one].at_edge, default=None)

    def _answered(self, number: int, talk_s: float) -> Call | None:
        node = self.nodes[number]
        if sum(self._leases.values()) >= self._cap:
            self.outcome.refused += 1
            return None
        call = Call(next(self._numbers), number, node.life)
        node.calls.add(call.number)
        node.at_edge += 1
        self._leases[number, node.life] += 1
        self.outcome.above += sum(self._leases.values()) > self._cap
        self.at(self.now + talk_s, lambda: self._over(call))
        return call

    def _over(self, call: Call) -> None:
        node = self.nodes[call.node]
        if call.life == node.life and call.number in node.calls:
            node.calls.discard(call.number)
            node.at_edge -= 1
            self._leases[call.node, call.life] -= 1

    # --- what happens to gateways --------------------------------------------------------------------

    def dies(self, number: int) -> None:
        """Kill one; its supervisor begins it again."""
        node, life = self.nodes[number], self.nodes[number].life
        left = len(node.calls)
        self.outcome.lost += left
        node.calls.clear()
        node.up, node.draining, node.life = False, False, life + 1
        for _ in range(left):
            self.at(self.now + self._chance.expovariate(1 / GIVES_UP_S), lambda: self._hung_up(node))
        self.at(self.now + LEASE_S, lambda: self._run_out(number, life, self.now - LEASE_S))
        self.at(self.now + PING_S + SILENT_S, lambda: self._looked_at(node))
        self.at(self.now + STARTS_S, lambda: self._comes_back(node))

    def _hung_up(self, node: Node) -> None:
        node.at_edge -= 1

    def _run_out(self, number: int, life: int, since: float) -> None:
        self._leases.pop((number, life), None)
        self.outcome.healed_s = max(self.outcome.healed_s, self.now - since)

    def _looked_at(self, node: Node) -> None:
        node.known = node.up and not node.draining

    def _comes_back(self, node: Node) -> None:
        node.up = True
        self.at(self.now + PING_S, lambda: self._looked_at(node))

    def restart_all(self) -> None:
        """Replace all, one after the other, each when its calls are over or its time is up."""
        self.replaces_from(0)

    def replaces_from(self, number: int) -> None:
        """Replace this one, and then all that follow it."""
        if number == len(self.nodes):
            return
        node = self.nodes[number]
        node.draining, ends = True, self.now + DRAINS_S
        self.at(self.now + PING_S, lambda: self._looked_at(node))

        def look() -> None:
            if node.calls and self.now < ends:
                self.at(self.now + 0.1, look)
                return
            self.outcome.cut += len(node.calls)
            for _ in node.calls:
                self._hung_up(node)
            self._leases.pop((number, node.life), None)
            node.calls.clear()
            node.up, node.life = False, node.life + 1
            self.at(self.now + STARTS_S, lambda: self._replaced(number))

        self.at(self.now + 2 * PING_S, look)

    def _replaced(self, number: int) -> None:
        self.nodes[number].draining = False
        self._comes_back(self.nodes[number])
        self.at(self.now + 2 * PING_S, lambda: self.replaces_from(number + 1))

    # --- looking -------------------------------------------------------------------------------------

    @property
    def calls(self) -> list[int]:
        """Calls that are up, by gateway."""
        return [len(node.calls) for node in self.nodes]

    def fails_by_chance(self, every_s: float) -> None:
        """Have one of them die now and then, so often on average."""

        def one() -> None:
            up = [number for number, node in enumerate(self.nodes) if node.up and not node.draining]
            if up:
                self.dies(self._chance.choice(up))
            self.at(self.now + self._chance.expovariate(1 / every_s), one)

        self.at(self.now + self._chance.expovariate(1 / every_s), one)


def day(nodes: int, each: int, hours: float) -> tuple[Outcome, list[int]]:
    """Return what becomes of a busy day: 80 % full, a death an hour, and all replaced once."""
    talk_s, load = 120.0, 0.8
    fleet = Fleet(nodes, each)
    fleet.rings(nodes * each * load / talk_s, talk_s)
    fleet.run(3 * talk_s)
    fleet.fails_by_chance(3600)
    fleet.at(fleet.now + 600, fleet.restart_all)
    return fleet.run(hours * 3600), fleet.calls


def main(given: Sequence[str]) -> None:
    """Print what becomes of a day."""
    nodes, each = (int(one) for one in (*given, *("100", "200")[len(given) :])[:2])
    hours = float(given[2]) if len(given) > 2 else 1.0
    outcome, calls = day(nodes, each, hours)
    sys.stdout.write(
        f"{nodes} gateways for {each} calls each, {hours:g} h: {outcome.made} calls, {sum(calls)} up at the"
        f" end ({min(calls)} to {max(calls)} each), {outcome.refused} refused, {outcome.lost} lost with their"
        f" gateway, {outcome.cut} cut by restarts, {outcome.late} answered {SILENT_S} s later,"
        f" {outcome.above} above a bound, bounds free again after {outcome.healed_s:.0f} s\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
