"""Processor time and memory of each program, sampled while a load test runs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.loadtest import processes

APART_NS = 250_000_000
"""A tick of the kernel's is 4 % of a core then."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at everything."""

    at: int
    """CLOCK_MONOTONIC, ns."""
    cpu: Mapping[str, float]
    """Seconds spent so far by each program."""
    rss_mb: Mapping[str, float]
    descriptors: int
    """Of the gateway."""
    machine: float
    """Seconds spent so far by everybody on the machine."""
    calls: int
    threads: Mapping[str, float] = field(default_factory=dict)
    """Seconds spent so far by the gateway's threads."""


@dataclass
class Meters:
    """Samples of some processes, by name."""

    pids: Mapping[str, int]
    idle_mb: float = 0.0
    """The gateway's memory before its first call."""
    samples: list[Sample] = field(default_factory=list)

    def look(self, calls: int) -> Sample:
        """Take a sample."""
        cpu = {name: processes.cpu_seconds(pid) for name, pid in self.pids.items()}
        rss = {name: processes.rss_mb(pid) for name, pid in self.pids.items()}
        gateway = self.pids.get("gateway")
        open_files = processes.descriptors(gateway) if gateway else 0
        threads = processes.thread_seconds(gateway) if gateway else {}
        machine = processes.machine_cpu_seconds()
        sample = Sample(time.monotonic_ns(), cpu, rss, open_files, machine, calls, threads)
        self.samples.append(sample)
        return sample

    def within(self, window: tuple[int, int]) -> list[Sample]:
        """Samples of a time, at least the first and the last of all."""
        inside = [sample for sample in self.samples if window[0] <= sample.at <= window[1]]
        return inside if len(inside) > 1 else [self.samples[0], self.samples[-1]]

    def cores(self, name: str, window: tuple[int, int]) -> float:
        """Cores that a program kept busy in a time: 0.5 is half a core."""
        inside = self.within(window)
        first, last = inside[0], inside[-1]
        return (last.cpu.get(name, 0) - first.cpu.get(name, 0)) / ((last.at - first.at) / 1e9)

    def thread_cores(self, window: tuple[int, int]) -> dict[str, float]:
        """Cores that each of the gateway's threads kept busy in a time, the busiest first."""
        inside = self.within(window)
        first, last = inside[0], inside[-1]
        seconds = (last.at - first.at) / 1e9
        used = {name: (spent - first.threads.get(name, 0)) / seconds for name, spent in last.threads.items()}
        return dict(sorted(used.items(), key=lambda one: -one[1]))

    def others(self, window: tuple[int, int]) -> float:
        """Cores that programs which are no part of the test kept busy: what the figures suffered from.

        The kernel's own work on a loopback packet counts as its sender's.
        """
        inside = self.within(window)
        seconds = (inside[-1].at - inside[0].at) / 1e9
        ours = sum(self.cores(name, window) for name in self.pids)
        return max(0.0, (inside[-1].machine - inside[0].machine) / seconds - ours)

    def rates(self, name: str) -> list[tuple[float, float]]:
        """Return seconds since the first sample, and the cores that a program kept busy until then.

        Samples nearer than `APART_NS` are taken together: the kernel counts in ticks of 10 ms, and one tick
        in a millisecond would be ten cores. The last sample is left out: some programs have ended by then.
        """
        first = before = self.samples[0]
        rates = []
        for after in self.samples[1:-1]:
            if after.at - before.at >= APART_NS:
                cores = (after.cpu[name] - before.cpu[name]) / ((after.at - before.at) / 1e9)
                rates.append(((after.at - first.at) / 1e9, max(0.0, cores)))
                before = after
        return rates

    def mean_calls(self, window: tuple[int, int]) -> float:
        """Calls that were up, on average."""
        inside = self.within(window)
        return sum(sample.calls for sample in inside) / len(inside)


def load_average() -> float:
    """Of the last minute."""
    return os.getloadavg()[0]
