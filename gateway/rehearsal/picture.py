"""A rehearsed call as a picture: both sides' sound, what was said, waits, and what was not as expected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.ear import plot
from gateway.rehearsal.performance import Performance
from gateway.rehearsal.performer import recorded_call
from gateway.rehearsal.report import RehearsalOutcome


def draw(outcome: RehearsalOutcome, file: Path) -> None:
    """Draw a call of which there is a recording. Raises BadInput."""
    call = outcome.call
    assert call is not None
    assert call.recording is not None
    assert call.ear is not None
    sound = recorded_call(call.recording)
    plot.draw(sound, call.ear, file, outcome.rehearsed.title, _notes(outcome, call))


def _notes(outcome: RehearsalOutcome, call: Performance) -> Iterator[plot.Note]:
    for one in call.spoken:
        yield plot.Note(one.who, one.at, one.until, "(not understood)" if one.text is None else one.text)
    for verdict in outcome.verdicts:
        if not verdict.held:
            number = len(call.steps) if verdict.step is None else verdict.step
            at = call.steps[number].until if number < len(call.steps) else call.seconds
            at = min(at, call.seconds)  # a step that the call's end has ended is over a moment after it
            yield plot.Note("agent", at, at, f"✗ {verdict.expected}", wrong=True)
