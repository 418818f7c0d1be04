"""The small dialogue: what a caller said in, what the agent says and calls out. Pure functions, English.

No model behind it: rules in order (`rules`), each with the parsers it needs, all forgiving of what speech
recognition does to words ("for seven two nine"). A rule is told `Asked` and returns `SpokenReply`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing said by the caller, with what a rule may need to answer it."""

    text: str
    now: datetime
    instructions: str = ""
    tools: Sequence[Mapping[str, Any]] = ()
    confidence: float = 0.0
    """Mean log-probability of the recogniser; 0 for typed text."""
    agent_said: str = ""
    """The agent's last words, for "say that again"."""
    caller_said: Sequence[str] = field(default=())
    """What the caller said before, newest first, for a name given earlier."""
    exchanges: Sequence[tuple[str, str]] = field(default=())
    """What the agent said, and what the caller said to that, oldest first; the last is answered now."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool to call and its arguments."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SpokenReply:
    """An answer: words, and calls made after them."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
