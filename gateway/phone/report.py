"""What the phone tells: the conversation as it happens, and the delays, for people or as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(slots=True)
class TranscriptLine:
    """One thing said by one side. `at` and `seconds` in seconds of the call, delays in ms."""

    who: str
    text: str | None
    at: float
    seconds: float = 0.0
    delay_ms: int | None = None
    """Agent: from the end of the caller's words to the first sound of these."""
    stopped_ms: int | None = None
    """Caller who interrupts: from the first sound of these words to the last sound of the agent."""


@dataclass(slots=True)
class CallReport:
    """One call, as a caller feels it."""

    to: str
    answer_ms: int | None = None
    first_word_ms: int | None = None
    ended: str = ""
    failed: bool = False
    """Nobody answered, or the call was cut off: the command ends with 1."""
    seconds: float = 0.0
    lines: list[TranscriptLine] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """All of it, for machines."""
        turns = sorted(line.delay_ms for line in self.lines if line.delay_ms is not None)
        stops = [line.stopped_ms for line in self.lines if line.stopped_ms is not None]
        median = turns[len(turns) // 2] if turns else None
        return asdict(self) | {"turn_ms_median": median, "barge_in_ms": stops}


class Printer:
    """Shows a report while it grows: lines on a terminal, or one JSON object at the end."""

    def __init__(self, report: CallReport, *, json: bool) -> None:
        self._report = report
        self._json = json
        self._console = Console(stderr=json, highlight=False)

    def line(self, line: TranscriptLine) -> None:
        """Add a line of the conversation and show it."""
        self._report.lines.append(line)
        if self._json:
            return
        colour = "cyan" if line.who == "agent" else "green"
        note = f"  answered after {line.delay_ms} ms" if line.delay_ms is not None else ""
        note += f"  agent silent after {line.stopped_ms} ms" if line.stopped_ms is not None else ""
        text = "(not understood)" if line.text is None else line.text
        # Put together from parts: what somebody says is no markup.
        at, who = (f"{line.at:6.2f} s", "dim"), (f"{line.who:>6}", colour)
        self._console.print(Text.assemble(at, "  ", who, "  ", text, (note, "dim")))

    def say(self, text: str) -> None:
        """Show what happens besides the conversation."""
        self._console.print(Text(text, "dim"))

    def finish(self) -> None:
        """Show the figures."""
        figures = self._report.as_dict()
        if self._json:
            Console(highlight=False, soft_wrap=True).print(orjson.dumps(figures).decode(), markup=False)
            return
        table = Table(show_header=False, box=None, padding=(0, 2))
        for name, key in FIGURES:
            table.add_row(name, _shown(figures[key]))
        self._console.print(table)


FIGURES = (
    ("INVITE to 200 OK", "answer_ms"),
    ("INVITE to the agent's first word", "first_word_ms"),
    ("end of caller's words to agent, median", "turn_ms_median"),
    ("interruption to silence", "barge_in_ms"),
    ("ended", "ended"),
)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"{entry} ms" for entry in value) or "-"
    if isinstance(value, int):
        return f"{value} ms"
    return str(value or "-")
