"""What the phone prints: lines for people as they come, figures at the end, or one JSON object."""

from __future__ import annotations

import json

import pytest

from gateway.phone.report import CallReport, Printer, TranscriptLine

GREETING = TranscriptLine("agent", "Hello.", 0.5, 1.0)
QUESTION = TranscriptLine("caller", "What time is it?", 2.0, 1.5)
ANSWER = TranscriptLine("agent", "Three.", 4.1, 0.5, delay_ms=600)
INTERRUPTION = TranscriptLine("caller", "Stop.", 4.3, 0.4, stopped_ms=80)


def reported(*lines: TranscriptLine) -> CallReport:
    return CallReport("sip:100@x", answer_ms=120, first_word_ms=300, ended="we hung up", lines=list(lines))


def test_the_figures_of_a_call() -> None:
    """The median over turns that were answered, and every interruption."""
    second = TranscriptLine("agent", "Bye.", 9.0, 0.5, delay_ms=200)
    third = TranscriptLine("agent", "Bye!", 11.0, 0.5, delay_ms=400)
    figures = reported(GREETING, QUESTION, ANSWER, INTERRUPTION, second, third).as_dict()
    assert (figures["turn_ms_median"], figures["barge_in_ms"]) == (400, [80])
    assert figures["lines"][0] == {
        "who": "agent",
        "text": "Hello.",
        "at": 0.5,
        "seconds": 1.0,
        "delay_ms": None,
        "stopped_ms": None,
    }


def test_a_call_without_turns_has_no_median() -> None:
    """Nothing is not zero."""
    assert reported(GREETING).as_dict()["turn_ms_median"] is None
    assert reported(GREETING).as_dict()["barge_in_ms"] == []


def test_a_person_reads_the_conversation_and_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line as it is said, with the delays; what was not understood is said to be so."""
    report = reported()
    printer = Printer(report, json=False)
    printer.say("ringing")
    for line in (GREETING, QUESTION, ANSWER, INTERRUPTION, TranscriptLine("agent", None, 6.0)):
        printer.line(line)
    printer.finish()
    out, err = capsys.readouterr()
    assert err == ""
    assert report.lines[:2] == [GREETING, QUESTION]
    text = " ".join(out.split())
    for part in (
        "ringing",
        "0.50 s agent Hello.",
        "2.00 s caller What time is it?",
        "Three. answered after 600 ms",
        "Stop. agent silent after 80 ms",
        "(not understood)",
        "INVITE to 200 OK 120 ms",
        "ended we hung up",
    ):
        assert part in text


def test_a_program_reads_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    """On one line of stdout, however long; what is going on besides goes to stderr."""
    printer = Printer(reported(), json=True)
    printer.say("ringing")
    printer.line(TranscriptLine("agent", 'A "long" line ' * 50, 0.0))
    printer.finish()
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert json.loads(out)["lines"][0]["text"].startswith('A "long"')
    assert "ringing" in err


@pytest.mark.parametrize("text", ["[#]", "[bold]shout[/bold]", "[/]", "\\[x]", "[link=http://x]y", "[123*]"])
def test_what_was_said_is_no_markup(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Keys are shown in brackets, and agents say what they like: it is printed as it is."""
    printer = Printer(reported(), json=False)
    printer.line(TranscriptLine("caller", text, 0.0))
    printer.say(f"calling {text}")
    out = capsys.readouterr().out
    assert out.count(text) == 2


def test_nobody_answered(capsys: pytest.CaptureFixture[str]) -> None:
    """What never happened is a dash."""
    Printer(CallReport("sip:1@x", ended="not answered: 404"), json=False).finish()
    out = capsys.readouterr().out
    assert "not answered: 404" in out
    assert "0 ms" not in out
    assert out.count(" -") == 4
