"""The picture and the figures, for a person."""

from __future__ import annotations

import io

from rich.console import Console

from gateway.ear.measurement import Complaint, EarReport
from gateway.ear.phrases import Phrase
from gateway.ear.report import shown
from gateway.ear.turns import Exchange, ExchangeKind


def _text(report: EarReport) -> list[str]:
    console = Console(width=100, file=io.StringIO())
    with console.capture() as printed:
        console.print(shown(report))
    return printed.get().splitlines()


def test_both_sides_over_time() -> None:
    answer = Exchange(ExchangeKind.ANSWER, 5.0, 2.5)
    late = Complaint(5.0, "dead_air", "2.5 s of silence while it is the agent's turn")
    lines = _text(
        EarReport(10.0, (Phrase(2.5, 5.0),), (Phrase(7.5, 10.0),), (answer,), (), -25.2, -19.6, (late,))
    )
    assert lines[0].rstrip() == "caller  " + " " * 20 + "█" * 20
    assert lines[1] == "agent   " + " " * 60 + "█" * 20
    assert "end of the caller's words to the agent's  2500 ms" in " ".join(lines[3].split("   "))
    assert any("-20 dBFS, -25 dBFS" in line for line in lines)
    assert lines[-1] == "   5.00 s  x 2.5 s of silence while it is the agent's turn"


def test_nothing_to_complain_of() -> None:
    assert _text(EarReport(1.0, (), (), (), (), None, None, ()))[-1] == "nothing to complain of"


def test_many_times_are_cut_short() -> None:
    many = tuple(Exchange(ExchangeKind.ANSWER, float(n), 0.5) for n in range(12))
    told = "\n".join(_text(EarReport(12, (), (), many, (), None, None, ())))
    assert "median 500" in told
    assert told.count("500,") == 7
