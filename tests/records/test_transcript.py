"""What was said, as it was heard."""

from collections.abc import Sequence

from structlog.testing import capture_logs

from gateway.call import (
    AgentAudio,
    AgentAudioDone,
    AgentSaid,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallInfo,
    DeleteItem,
    Digit,
    Ending,
    Flushed,
    Held,
    LegEnded,
    Party,
    Play,
    PlaybackStarted,
    Played,
    Reason,
    RecordingChanged,
    ResponseEnded,
    Result,
    Resumed,
    Truncate,
)
from gateway.records import transcript
from gateway.records.transcript import Said, Transcript, logged

SECOND = bytes(48_000)


def heard(*events: object) -> list[tuple[str, str]]:
    told = Transcript()
    for number, event in enumerate(events):
        told(event, float(number))  # type: ignore[arg-type] # facts and orders as a bridge tells them
    return [(line.who, line.text) for line in told.lines]


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


GONE = LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP))
WORDS = "one two three four five six seven eight"


def at_end(*events: tuple[float, object]) -> list[tuple[str, str, bool]]:
    """Return who said what of these events, each with its second, and whether it was cut."""
    told = Transcript()
    for at, event in events:
        told(event, at)  # type: ignore[arg-type] # facts and orders as a runner tells them
    return [(line.who, line.text, line.cut) for line in told.lines]


def said(item: str, seconds: int, text: str = WORDS) -> list[tuple[float, object]]:
    """An item of the agent whose sound came at once."""
    return [
        (1.0, AgentAudio("r1", item, SECOND * seconds)),
        (1.0, AgentAudioDone("r1", item)),
        (1.0, AgentSaid(item, text)),
    ]


def test_a_caller_who_leaves_hears_no_more() -> None:
    """Neither the rest of what is on air, nor what was to come after it."""
    events = [*said("i1", 4), *said("i2", 4), (2.0, PlaybackStarted("i1")), (4.0, GONE)]
    assert at_end(*events) == [("agent", "one two three four ...", True)]
    events = [*said("i1", 4), (2.0, PlaybackStarted("i1")), (6.0, Played("i1")), (6.1, GONE)]
    assert at_end(*events) == [("agent", WORDS, False)]
    assert at_end(*said("i1", 4), (2.0, PlaybackStarted("i1")), (6.2, GONE)) == [("agent", WORDS, False)]


def test_what_a_caller_has_said_is_not_cut() -> None:
    """By their leaving, or by whatever else: all of it was heard."""
    words = [(1.0, CallerStartedSpeaking("c1")), (2.0, CallerStoppedSpeaking("c1", ago_ms=100))]
    told = Transcript()
    for at, event in [*words, (2.5, CallerSaid("c1", "Goodbye.")), (3.0, GONE)]:
        told(event, at)
    assert told.lines == (Said(1.0, "caller", "Goodbye.", cut=False, ms=900),)


def test_on_hold_nothing_is_heard() -> None:
    """What was on air waits, and so does the clock by which it is cut."""
    held = [(3.0, Held()), (3.5, Held()), (9.0, Resumed())]
    events = [*said("i1", 4), (2.0, PlaybackStarted("i1")), *held]
    assert at_end(*events, (10.0, GONE)) == [("agent", "one two three four ...", True)]
    assert at_end(*events, (9.5, Held()), (60.0, GONE)) == [("agent", "one two three ...", True)]


def test_words_that_run_ahead_of_a_sound_that_breaks_off() -> None:
    """They are cut by the pace of speech, where a response was cancelled or its session lost."""
    pcm = (1.0, AgentAudio("r1", "i1", SECOND))
    words = (1.1, AgentSaid("i1", WORDS))
    for end in ((1.2, ResponseEnded("r1", "cancelled")), (1.2, Truncate("i1", 1000))):
        assert at_end(pcm, words, end) == [("agent", "one two three ...", True)]
    assert at_end(pcm, words, (1.2, ResponseEnded("r1", "completed"))) == [("agent", WORDS, False)]


def test_the_gateways_own_words() -> None:
    """A prompt is cut where the caller stopped hearing it: by a key, or by leaving."""
    prompt = Play("prompt_1", SECOND * 4, WORDS)
    starts = [(1.0, prompt), (1.0, PlaybackStarted("prompt_1"))]
    assert at_end(*starts, (5.0, Played("prompt_1"))) == [("gateway", WORDS, False)]
    cut = [("gateway", "one two three four ...", True)]
    assert at_end(*starts, (3.0, Flushed("prompt_1", 2000, 2000))) == cut
    assert at_end(*starts, (3.0, GONE)) == cut
    file = (1.0, Play("prompt_1", SECOND * 4, "[chime.wav]"))
    assert at_end(file, starts[1], (3.0, GONE)) == [("gateway", "[chime.wav]", True)]
    assert at_end(file, (3.0, GONE)) == []
    behind = (1.0, Play("prompt_2", SECOND, "Never heard."))
    assert at_end(*starts, behind, (3.0, Flushed("prompt_1", 2000, 2000, ("prompt_1", "prompt_2")))) == cut


def test_what_is_said_while_a_recording_is_paused() -> None:
    """By the caller, the agent, or with a key: it is known that something was said, and no more."""
    paused = RecordingChanged("paused", "agent")
    events = [
        (1.0, CallerStartedSpeaking("c1")),
        (2.0, CallerStoppedSpeaking("c1")),
        (2.5, CallerSaid("c1", "My card.")),
        (3.0, paused),
        (4.0, CallerStartedSpeaking("c2")),
        (5.0, CallerStoppedSpeaking("c2")),
        (5.2, Digit("4")),
        (6.0, RecordingChanged("resumed", "agent")),
        (6.5, CallerSaid("c2", "4242.")),
        (7.0, CallerSaid("c3", "Done.")),
    ]
    secret = ("caller", "[not kept]", True)
    assert at_end(*events) == [("caller", "My card.", False), secret, secret, ("caller", "Done.", False)]


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


def whole(said: Sequence[tuple[str, str]]) -> list[str]:
    """Take nothing out."""
    return [text for _, text in said]


def test_the_log_gets_what_was_said_once() -> None:
    """When the call is over, and not before."""
    info = CallInfo("c1", "x@y", caller=Party("1"), called=Party("2"))
    with capture_logs() as log:
        listen = logged(info, whole)
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
        logged(CallInfo("c1", "x@y", caller=Party("1"), called=Party("2")), whole)(
            LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)), 1.0
        )
    assert log == []
