"""A failed call as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gateway.phone.recording import RATE, Recording
from gateway.rehearsal.judgement import Judgement
from gateway.rehearsal.performer import listened
from gateway.rehearsal.picture import _notes, draw
from gateway.rehearsal.report import RehearsalOutcome
from tests.equipment import tone
from tests.records.report.test_plot import coloured, pixels
from tests.rehearsal.made_calls import agent, call, caller, named, rehearsal


def test_what_was_not_as_expected_is_red_at_its_step(tmp_path: Path) -> None:
    recording = Recording()
    recording.hear(tone.sine(300, 10_000, rate=RATE).tobytes())
    recording.say(2.0, tone.sine(400, 1000, rate=RATE).tobytes())
    held = call(
        agent(0, 10, "We open at $9."),
        caller(2, 3, "When?"),
        steps=((2.0, 3.0),),
        seconds=10.0,
        recording=recording,
        ear=listened(recording),
    )
    one = named(rehearsal(steps=[{"say": "When?", "heard": "ten"}]))
    draw(RehearsalOutcome(one, (Judgement(True, "x", "", 0),), held), tmp_path / "good.png")
    wrong = (
        Judgement(False, "heard 'ten'", "heard: 'We open at nine.'", 0),
        Judgement(False, "ended by the agent"),
    )
    draw(RehearsalOutcome(one, wrong, held), tmp_path / "bad.png")
    more = coloured(pixels(tmp_path / "bad.png"), "r") - coloured(pixels(tmp_path / "good.png"), "r")
    assert 0.28 < float(np.argmax(more)) / len(more) < 0.45


def test_what_the_end_of_the_call_has_ended_stands_at_its_end() -> None:
    """And not beyond it, where there is no sound any more."""
    over = call(agent(0, 5, "Goodbye."), steps=((0.0, 6.5),), seconds=5.5)
    one = named(rehearsal(steps=[{"heard": "Monday"}]))
    outcome = RehearsalOutcome(one, (Judgement(False, "heard 'Monday'", "heard: 'Goodbye.'", 0),), over)
    assert [note.at for note in _notes(outcome, over) if note.wrong] == [5.5]
