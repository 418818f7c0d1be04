"""What a load test can be told, and what its help tells. Bounds here keep it from being aimed at others."""

from __future__ import annotations

import importlib.util
import ipaddress
from pathlib import Path

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from gateway.errors import BadInput

MOST_CALLS = 1000
"""Calls at once, as a gateway process allows."""
MOST_SECONDS = 4 * 3600
MOST_RATE = 200
"""Calls a second; SIPp itself comes to its end near 1 000."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One behaviour of callers: SIPp's file of that name, and how the agents answer to it."""

    name: str
    about: str
    plays: str = ""
    """Sound file that callers play (`voices`), with or without end."""
    tone_ms: int = 4000
    """Length of everything an agent says."""
    speaks_first: bool = False
    """Whether the agent greets."""
    short: bool = False
    """Calls come one after the other, for the whole duration; otherwise all stay up together."""
    keys: bool = False
    """Callers press keys, and an agent may stop for each: pauses in what it says are no fault."""
    hold_s: float = 2.0
    """Length of a short call; `soak` chooses its own between 1 and 20 s."""


SCENARIOS = {
    one.name: one
    for one in (
        Scenario("talk", "questions every 8 s, answers of 4 s: somebody speaks all the time", "talk.ul"),
        Scenario("barge-in", "callers who speak over the agent every 4 s", "barge-in.ul", 3000, True),
        Scenario("setup", "calls without a word, one after the other", "", 1000, True, short=True),
        Scenario("digits", "callers who press 1 2 3 #", "", 1000, True, short=True, hold_s=1.0, keys=True),
        Scenario("soak", "calls of 1 to 20 s, with questions", "talk.ul", short=True, hold_s=10.5),
    )
}


DETECTORS = ("session", "local", "duck")


@dataclass(frozen=True, slots=True, config=ConfigDict(use_attribute_docstrings=True))
class LoadSettings:
    """One load test."""

    calls: int = 100
    """Calls at once, 1000 at most."""
    rate: float = 20
    """New calls a second, 200 at most."""
    duration: float = 30
    """How long all calls are up together, or how long short ones keep coming."""
    scenario: str = "talk"
    """What callers do: ask questions, speak over the agent, or ring shortly (the last three)."""
    hold: float | None = None
    """How long a call of setup or digits lasts. Default: 2, digits 1."""
    ramp: bool = False
    """A quarter of the calls first, then half, three quarters, all."""
    find_capacity: bool = False
    """Add --calls more each step until a bound breaks."""
    address: tuple[str, int] | None = None
    """A gateway that runs already, on the loopback; None: one of our own, with the embedded server."""
    peer: tuple[str, int] | None = None
    """Another program that answers calls on this machine: rung as well, after the gateway in each step."""
    model: tuple[str, int] | None = None
    """Where the agents' server listens, so that the peer can be told. Default: any free port."""
    number: str = "100"
    """The number to dial."""
    detector: str = "session"
    """Who notices callers that interrupt: see barge_in in a plan."""
    engine: str = "tone"
    """Who answers, of the embedded server's engines."""
    pin: bool = False
    """Give the gateway the first core for itself, and everything else the others."""
    hear_echo: bool = False
    """Do not look for the agents' own voices in what comes back: the difference is what that costs."""
    tls: bool = False
    """Have its agents behind wss:// instead of ws://."""
    refuse: bool = False
    """Let the gateway refuse calls that the machine does not carry; else it takes all, and all get worse."""
    light: bool = False
    """Have tones of a server that costs next to nothing, and tells what it hears and when it speaks. With
    --find-capacity it is so by itself."""
    command: tuple[str, ...] = ()
    """Runs our own gateway instead of `python -m gateway` (a busy one, a profiled one)."""
    json: Path | None = None
    """Write the figures there; - prints them."""
    html: Path | None = None
    """Write a page with plots there."""
    keep: Path | None = None
    """Keep the logs of all programs and the journal in this new folder. Default: they are thrown away."""

    def __post_init__(self) -> None:
        self._within("--calls", self.calls, 1, MOST_CALLS)
        self._within("--rate", self.rate, 0.1, MOST_RATE)
        self._within("--duration", self.duration, 1, MOST_SECONDS)
        if self.scenario not in SCENARIOS:
            raise BadInput("command line", "--scenario", self.scenario, f"one of {', '.join(SCENARIOS)}")
        if self.detector not in DETECTORS:
            raise BadInput("command line", "--detector", self.detector, f"one of {', '.join(DETECTORS)}")
        for key, address in (("--to", self.address), ("--peer", self.peer), ("--model", self.model)):
            if address is not None and not _loopback(address[0]):
                cure = "a load test stays on this machine (127.0.0.1); run it beside the gateway"
                raise BadInput("command line", key, address[0], cure)
        if self.peer is not None and (self.address is not None or self.find_capacity):
            raise BadInput("command line", "--peer", self.peer[0], "without --to and --find-capacity")

    @staticmethod
    def _within(key: str, value: float, least: float, most: float) -> None:
        if not least <= value <= most:
            raise BadInput("command line", key, value, f"from {least:g} to {most:g}")

    @property
    def uses_light(self) -> bool:
        """Whether the agents' server is the light one: as asked, and where more and more calls come."""
        here = importlib.util.find_spec("gateway.loadtest._tones") is not None
        return self.light or (self.find_capacity and not self.tls and self.engine == "tone" and here)

    @property
    def behaviour(self) -> Scenario:
        """The scenario."""
        return SCENARIOS[self.scenario]

    def levels(self) -> list[int]:
        """Calls of each step; `find_capacity` goes on from the last by itself."""
        return (
            sorted({max(1, self.calls * part // 4) for part in (1, 2, 3, 4)}) if self.ramp else [self.calls]
        )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
