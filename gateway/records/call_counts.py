"""What all calls of a process add up to, for Prometheus. Pure.

Counted when a call is over, out of the figures of its log line: while it goes on, counting costs it nothing.
No label is a number, an id or an address of anybody: each has few values, out of closed sets or of settings.
The API's process asks for `families`, adds up those of several processes, and writes them as Prometheus reads
them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.call import Ending

WAITS = (0.1, 0.2, 0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Seconds that somebody waits for an answer."""
LENGTHS = (1.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 3600.0, 7200.0)
"""Seconds that calls last."""
Labels = tuple[tuple[str, str], ...]


class Spread:
    """How often something took how long: a histogram, in seconds. `bounds` rise."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds


_ADDED = {
    "turns": ("gateway_turns_total", "Turns of callers."),
    "barge_ins": ("gateway_barge_ins_total", "Times that a caller spoke over the agent."),
    "digits": ("gateway_digits_total", "Keys pressed by callers."),
    "tools": ("gateway_tool_calls_total", "Functions called by agents."),
    "faults": ("gateway_session_faults_total", "Faults reported by the models' servers."),
    "packets_lost": ("gateway_rtp_packets_lost_total", "Callers' RTP packets that the network lost."),
    "strangers": ("gateway_rtp_strangers_total", "Packets dropped because they came from elsewhere."),
    "underruns": (
        "gateway_playout_underruns_total",
        "Gaps in what agents said, as their sound came too late.",
    ),
    "cost_at_least_usd": (
        "gateway_cost_usd_total",
        "What calls cost at their models, as far as prices are known.",
    ),
}
_WAYS = {
    "gateway_rtp_packets_total": ("RTP packets.", {"in": "packets_in", "out": "packets_out"}),
    "gateway_tokens_total": ("Tokens of the models.", {"in": "tokens_in", "out": "tokens_out"}),
}
_WAITED = {
    "answer_ms": ("gateway_call_answer_seconds", "From the INVITE to the ACK of our 200."),
    "session_ms": ("gateway_session_ready_seconds", "From the INVITE to a session that is ready."),
    "first_word_ms": ("gateway_first_word_seconds", "From the INVITE to the agent's first sound."),
}


class CallCounts:
    """Of one process, from its beginning."""

    def __init__(self) -> None:
        self._ended: Counter[Labels] = Counter()
        self._refused: Counter[Labels] = Counter()
        self._added: Counter[str] = Counter()
        self._waited = {key: Spread(WAITS) for key in _WAITED}
        self._turns = Spread(WAITS)
        self._lengths = Spread(LENGTHS)

    def over(self, ending: Ending, figures: Mapping[str, Any], answered: Iterable[tuple[float, int]]) -> None:
        """Count a call: its ending, the figures of its line if it has one, its answers (at, waited ms)."""
        result = str(figures.get("result", ending.result.value))
        self._ended[("reason", ending.reason.value), ("result", result)] += 1
        if (status := int(figures.get("status") or ending.status)) >= 300:
            self._refused[(("status", str(status)),)] += 1
        for key in (*_ADDED, *(key for _about, ways in _WAYS.values() for key in ways.values())):
            self._added[key] += figures.get(key) or 0
        for key, spread in self._waited.items():
            if (ms := figures.get(key)) is not None:
                spread.add(ms / 1000)
        if (seconds := figures.get("talk_seconds")) is not None:
            self._lengths.add(seconds)
        for _at, ms in answered:
            self._turns.add(ms / 1000)

    def families(self) -> list[dict[str, Any]]:
        """Return all counts as JSON: name, kind, help, and samples with their labels."""
        return list(self._families())

    def _families(self) -> Iterator[dict[str, Any]]:
        yield _counter("gateway_calls_total", "Calls that are over.", self._ended)
        yield _counter(
            "gateway_calls_unanswered_total", "Calls that got a status instead of 200.", self._refused
        )
        for key, (name, about) in _ADDED.items():
            yield _counter(name, about, {(): self._added[key]})
        for name, (about, ways) in _WAYS.items():
            yield _counter(
                name, about, {(("direction", way),): self._added[key] for way, key in ways.items()}
            )
        for key, (name, about) in _WAITED.items():
            yield _histogram(name, about, self._waited[key])
        yield _histogram("gateway_turn_seconds", "From a caller's last word to the answer.", self._turns)
        yield _histogram("gateway_call_seconds", "How long answered calls lasted.", self._lengths)


def _counter(name: str, about: str, counts: Mapping[Labels, float]) -> dict[str, Any]:
    samples = [[dict(labels), count] for labels, count in counts.items()]
    return {"name": name, "kind": "counter", "help": about, "samples": samples}


def _histogram(name: str, about: str, spread: Spread) -> dict[str, Any]:
    own = {"bounds": spread.bounds, "counts": spread.counts, "sum": spread.sum}
    return {"name": name, "kind": "histogram", "help": about, "samples": [[{}, own]]}
