"""What a caller waits for an answer, as the facts of a call tell it."""

import pytest

from gateway.call import (
    AgentAudio,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    Commit,
    Digit,
    Fact,
    Held,
    Order,
    PlaybackStarted,
    Resumed,
)
from gateway.records.turn_delays import TurnDelays

ANSWER = AgentAudio("r", "a1", b"")
LEAVES = PlaybackStarted("a1")


def heard(*events: tuple[Fact | Order, float]) -> int | None:
    """Return the median after these facts and orders, each with its time."""
    delays = TurnDelays()
    for event, at in events:
        delays(event, at)
    return delays.median_ms


def test_an_answer_is_measured_from_the_last_word_to_its_first_packet() -> None:
    """A server says late that a turn is over, and an answer that has come may have to wait its turn."""
    stopped = CallerStoppedSpeaking("c", 5000, ago_ms=520)
    assert heard((stopped, 10.0), (ANSWER, 10.2), (ANSWER, 10.3), (LEAVES, 10.4)) == 920


def test_an_answer_that_is_told_late_has_begun_before() -> None:
    """It is the packet that counts."""
    late = PlaybackStarted("a1", ago_ms=80)
    assert heard((CallerStoppedSpeaking("c"), 10.0), (ANSWER, 10.3), (late, 10.48)) == 400


def test_what_is_played_meanwhile_is_no_answer() -> None:
    """A word to hold the line, and the end of what was said before."""
    hold, before = PlaybackStarted("hold_1"), PlaybackStarted("a0")
    stopped = CallerStoppedSpeaking("c")
    events = ((AgentAudio("r", "a0", b""), 9.9), (stopped, 10.0), (before, 10.1), (hold, 11.0))
    assert heard(*events) is None
    assert heard(*events, (ANSWER, 12.0), (LEAVES, 12.0)) == 2000


def test_a_caller_who_speaks_on_waits_for_nothing() -> None:
    """The answer to half of what was said is measured no more."""
    events = ((CallerStoppedSpeaking("c"), 1.0), (ANSWER, 1.1), (CallerStartedSpeaking("d"), 1.15))
    assert heard(*events, (LEAVES, 1.2)) is None


def test_a_caller_who_holds_waits_for_nothing() -> None:
    """The answer is heard when they are back, minutes later maybe."""
    events = ((CallerStoppedSpeaking("c"), 1.0), (Held(), 1.5), (ANSWER, 2.0), (Resumed(), 90.0))
    assert heard(*events, (LEAVES, 90.1)) is None


@pytest.mark.parametrize(
    ("before", "delay_ms"),
    [
        ([], 300),
        ([(CallerVoice(on=False, ago_ms=360), 4.86)], 800),
        ([(CallerVoice(on=False, ago_ms=360), 4.86), (Digit("*"), 5.0)], 300),
        ([(CallerVoice(on=False, ago_ms=360), 4.86), (CallerVoice(on=True), 4.9)], 300),
    ],
    ids=["key alone", "pause", "key after a pause", "key while speaking"],
)
def test_a_turn_of_our_own_ends_with_its_voice_or_its_key(
    before: list[tuple[Fact | Order, float]], delay_ms: int
) -> None:
    """Whichever it was."""
    assert heard(*before, (Commit(), 5.0), (ANSWER, 5.2), (LEAVES, 5.3)) == delay_ms


def test_the_median_is_of_all_turns() -> None:
    """Of an even number the longer one in the middle."""
    delays = TurnDelays()
    assert delays.median_ms is None
    for number, delay in enumerate([0.9, 0.2, 0.4, 0.3]):
        delays(CallerStoppedSpeaking("c"), 10.0 * number)
        delays(ANSWER, 10.0 * number + 0.1)
        delays(LEAVES, 10.0 * number + delay)
    assert delays.median_ms == 400
