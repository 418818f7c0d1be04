"""What the phone says and when: the order of `--say`, `--play`, `--digits` and what stands between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import BadInput

EXCUSE = "Excuse me, one moment please."
"""Spoken when `--interrupt-after` is not followed by words of its own."""

OURS = frozenset(("--say", "--play", "--digits", "--after", "--interrupt-after"))


class When(StrEnum):
    """What a step waits for."""

    AGENT_FINISHED = "agent_finished"
    PAUSE = "pause"
    """So many seconds after the step before it."""
    INTERRUPT = "interrupt"
    """So many seconds after the agent began to speak."""


class What(StrEnum):
    """What a step does."""

    SAY = "say"
    PLAY = "play"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One thing said, played or keyed. `seconds` belongs to PAUSE and INTERRUPT."""

    what: What
    value: str
    when: When = When.AGENT_FINISHED
    seconds: float = 0.0


def read(arguments: Sequence[str]) -> list[ScriptStep]:
    """Read the steps in the order in which they stand on the command line; other options are passed over.

    `--after S` and `--interrupt-after S` say when the next step comes. Raises BadInput with the cure.
    """
    steps: list[ScriptStep] = []
    when, seconds = When.AGENT_FINISHED, 0.0
    for option, value in _pairs(arguments):
        match option:
            case "--say" | "--play" | "--digits":
                steps.append(ScriptStep(What(option[2:]), value, when, seconds))
                when, seconds = When.AGENT_FINISHED, 0.0
            case "--after" | "--interrupt-after":
                when = When.PAUSE if option == "--after" else When.INTERRUPT
                seconds = _seconds(option, value)
    if when is When.INTERRUPT:
        steps.append(ScriptStep(What.SAY, EXCUSE, when, seconds))
    return steps


def _pairs(arguments: Sequence[str]) -> list[tuple[str, str]]:
    """The options that are ours, each with its value, which may look like an option itself."""
    pairs = []
    rest = iter(arguments)
    for argument in rest:
        option, equals, value = argument.partition("=")
        if option in OURS:
            pairs.append((option, value if equals else next(rest, "")))
    return pairs


def _seconds(option: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 600:
        raise BadInput("command line", option, value, "write seconds between 0 and 600")
    return seconds
