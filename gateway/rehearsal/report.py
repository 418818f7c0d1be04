"""What a rehearsal tells a person: each conversation with ticks and crosses, and what was heard instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from gateway.ear.report import time_lines
from gateway.rehearsal.judgement import Judgement
from gateway.rehearsal.performance import Performance, Spoken
from gateway.rehearsal.reading import NamedRehearsal

TICK, CROSS = ("✓", "green"), ("✗", "red")
COLOURS = {"caller": "cyan", "agent": "green"}


@dataclass(frozen=True, slots=True)
class RehearsalOutcome:
    """One call that was rehearsed, or could not be: then there is an `error` alone."""

    rehearsed: NamedRehearsal
    verdicts: tuple[Judgement, ...] = ()
    call: Performance | None = None
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.error and all(verdict.held for verdict in self.verdicts)

    @property
    def seconds(self) -> float:
        """How long the call lasted."""
        return self.call.seconds if self.call is not None else 0.0


def shown(outcome: RehearsalOutcome, *, whole: bool) -> RenderableType:
    """Return a call to be printed: its title, and with `whole`, or if something failed, all of it."""
    mark = TICK if outcome.passed else CROSS
    head = Text.assemble(mark, " ", (outcome.rehearsed.title, "bold"), (f"  {outcome.seconds:.1f} s", "dim"))
    if outcome.passed and not whole:
        return head
    if outcome.error or outcome.call is None:
        return Group(head, Text(f"  {outcome.error}", "red"))
    parts: list[RenderableType] = [head, *_course(outcome, outcome.call)]
    if outcome.call.ear is not None and not outcome.passed:
        parts.append(time_lines(outcome.call.ear))
    return Group(*parts, Text())


def _course(outcome: RehearsalOutcome, call: Performance) -> Iterator[Text]:
    """Yield what was said, what was expected of each step where it ended, of the whole call at the end."""
    rows = [(spoken.at, 0, [_line(spoken)]) for spoken in call.spoken]
    for number in range(len(outcome.rehearsed.rehearsal.steps)):
        verdicts = [one for one in outcome.verdicts if one.step == number]
        end = call.steps[number + 1].at if number + 1 < len(call.steps) else call.seconds
        rows.append((end, -1, list(_verdicts(verdicts))))
    for _, _, lines in sorted(rows, key=lambda row: row[:2]):
        yield from lines
    yield from _verdicts([one for one in outcome.verdicts if one.step is None])


def _line(spoken: Spoken) -> Text:
    text = "(not understood)" if spoken.text is None else spoken.text
    return Text.assemble(
        (f"  {spoken.at:6.2f} s  ", "dim"), (f"{spoken.who:>6}  ", COLOURS[spoken.who]), text
    )


def _verdicts(verdicts: list[Judgement]) -> Iterator[Text]:
    for one in verdicts:
        instead = Text() if one.held else Text(f"  {one.happened}", "red")
        yield Text.assemble(" " * 12, TICK if one.held else CROSS, " ", one.expected, instead)


def summary(outcomes: list[RehearsalOutcome], seconds: float) -> Text:
    """Return how it all went."""
    failed = sum(not one.passed for one in outcomes)
    count = f"{len(outcomes)} call{'s' if len(outcomes) != 1 else ''}"
    told = f"{count} in {seconds:.0f} s: " + (f"{failed} not as expected" if failed else "all as expected")
    return Text(told, "red bold" if failed else "green bold")
