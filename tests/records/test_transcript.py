"""What was said, as it was heard."""

from structlog.testing import capture_logs

from gateway.call import (
    AgentAudio,
    AgentSaid,
    CallerSaid,
    CallerStartedSpeaking,
    CallInfo,
    DeleteItem,
    Digit,
    Ending,
    LegEnded,
    Party,
    Reason,
    Result,
    Truncate,
)
from gateway.records import transcript
from gateway.records.transcript import Transcript, logged

SECOND = bytes(48_000)


def heard(*events: object) -> list[tuple[str, str]]:
    told = Transcript()
    for number, event in enumerate(events):
        told(event, float(number))  # type: ignore[arg-type] # facts and orders as a bridge tells them
    return [(line.who, line.as_heard) for line in told.lines]


def test_lines_stand_in_the_order_of_speech() -> None:
    """The caller's text comes when the agent has long begun to answer."""
    assert heard(
        CallerStartedSpeaking("i1"),
        AgentAudio("r1", "i2", SECOND),
        AgentSaid("i2", "It is noon."),
        CallerSaid("i1", "What time is it?"),
    ) == [("caller", "What time is it?"), ("agent", "It is noon.")]


def test_an_interrupted_sentence_is_cut_where_it_was_heard() -> None:
    """In proportion to the time, at a word's end."""
    assert heard(
        AgentAudio("r1", "i1", SECOND * 4),
        AgentSaid("i1", "We are open on Monday and on Tuesday from nine to five."),
        Truncate("i1", 2000),
    ) == [("agent", "We are open on Monday and ...")]


def test_the_text_may_come_after_the_cut() -> None:
    """A cancelled response tells its transcript last."""
    assert heard(
        AgentAudio("r1", "i1", SECOND * 2), Truncate("i1", 1000), AgentSaid("i1", "one two three four")
    ) == [("agent", "one two ...")]


def test_what_nobody_heard_was_not_said() -> None:
    """An item that was taken back leaves no line, nor does a turn without words."""
    assert heard(AgentAudio("r1", "i1", SECOND), AgentSaid("i1", "Hello."), DeleteItem("i1")) == []
    assert heard(CallerStartedSpeaking("i1")) == []


def test_keys_are_part_of_what_was_said() -> None:
    """In brackets."""
    assert heard(Digit("5"), Digit("6")) == [("caller", "[5]"), ("caller", "[6]")]


def test_a_long_call_forgets_its_beginning() -> None:
    """Memory has a bound."""
    told = Transcript()
    for number in range(transcript.LONGEST + 5):
        told(CallerSaid(f"i{number}", "x"), 0.0)
    assert len(told.lines) == transcript.LONGEST


def test_the_log_gets_what_was_said_once() -> None:
    """When the call is over, and not before."""
    info = CallInfo("c1", "x@y", caller=Party("1"), called=Party("2"))
    with capture_logs() as log:
        listen = logged(info)
        listen(CallerSaid("i1", "Hello."), 0.0)
        assert log == []
        listen(LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)), 1.0)
    assert log == [
        {
            "event": "call.transcript",
            "call": "c1",
            "lines": [{"who": "caller", "text": "Hello."}],
            "log_level": "info",
        }
    ]


def test_a_call_without_words_leaves_no_line() -> None:
    """An announcement is nobody's conversation."""
    with capture_logs() as log:
        logged(CallInfo("c1", "x@y", caller=Party("1"), called=Party("2")))(
            LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)), 1.0
        )
    assert log == []
