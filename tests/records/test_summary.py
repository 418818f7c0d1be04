"""The canonical line of a call."""

from decimal import Decimal

import pytest

from gateway.call import (
    AgentAudio,
    Answer,
    Answered,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    Commit,
    CostUpdated,
    Ending,
    Fact,
    LegEnded,
    MediaStatistics,
    Order,
    PlaybackStarted,
    Reason,
    ResponseEnded,
    ResponseOverdue,
    Result,
    SessionFault,
    SessionInterrupted,
    SessionReady,
    Truncate,
)
from gateway.records.summary import Summary
from tests.equipment.process import ROOT

ENDING = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)


def test_a_call_is_told_in_one_line() -> None:
    """Delays, turns, interruptions and tokens of one short call."""
    summary = Summary(began=100.0)
    told = [
        (SessionReady(), 100.1),
        (AgentAudio("r1", "i1", b""), 100.2),
        (Answered(), 100.3),
        (CallerStartedSpeaking("i2"), 102.0),
        (Truncate("i1", 900), 102.0),
        (CallerStoppedSpeaking("i2", ago_ms=500), 103.0),
        (AgentAudio("r2", "i3", b""), 103.4),
        (PlaybackStarted("i3"), 103.5),
        (AgentAudio("r2", "i3", b""), 103.6),
        (ResponseEnded("r2", "completed"), 104.0),
        (CostUpdated(Decimal("0.0016"), tokens_in=10, tokens_out=20), 104.0),
    ]
    for event, at in told:
        summary(event, at)
    line = summary.line(ENDING, 110.3)
    assert line["reason"] == "caller_hung_up"
    assert (line["session_ms"], line["first_word_ms"], line["answer_ms"]) == (100, 200, 300)
    assert (line["turns"], line["barge_ins"], line["turn_ms_median"]) == (1, 1, 1000)
    assert (line["tokens_in"], line["tokens_out"]) == (10, 20)
    assert line["cost_usd"] == 0.0016
    assert (line["seconds"], line["talk_seconds"]) == (10.3, 10.0)


def test_a_turn_that_we_found_counts_like_any_other() -> None:
    """Its answer is measured from when it was handed over."""
    summary = Summary(began=0.0)
    for event, at in [(Commit(), 5.0), (AgentAudio("r1", "i1", b""), 5.6), (PlaybackStarted("i1"), 5.7)]:
        summary(event, at)
    line = summary.line(ENDING, 10.0)
    assert (line["turns"], line["turn_ms_median"]) == (1, 700)


def test_the_last_session_is_named() -> None:
    """A call may go on at another provider; without any session there is nobody to name."""
    summary = Summary(began=0.0)
    assert (summary.line(ENDING, 1.0)["provider"], summary.line(ENDING, 1.0)["model"]) == (None, None)
    summary(SessionReady(provider="openai", model="a"), 1.0)
    summary(SessionReady(provider="azure", model="b"), 2.0)
    assert (summary.line(ENDING, 3.0)["provider"], summary.line(ENDING, 3.0)["model"]) == ("azure", "b")


def test_faults_are_what_the_server_reported() -> None:
    """A session that is replaced and an answer that is overdue are no errors of its server."""
    summary = Summary(began=0.0)
    for fact in (SessionFault("a", ""), SessionInterrupted("b", ""), ResponseOverdue(asked_again=True)):
        summary(fact, 1.0)
    assert summary.line(ENDING, 2.0)["faults"] == 1


def test_what_became_of_the_audio_is_told() -> None:
    """As the leg counted it; nothing of a leg that counts nothing."""
    summary = Summary(began=0.0)
    media = MediaStatistics(
        packets_in=500, packets_lost=3, packets_out=510, strangers=0, underruns=1, late_ticks=2
    )
    assert summary.line(ENDING, 10.0)["packets_in"] is None
    summary(LegEnded(ENDING, media), 10.0)
    line = summary.line(ENDING, 10.0)
    told = (line["packets_in"], line["packets_lost"], line["packets_out"], line["strangers"])
    assert (*told, line["underruns"], line["late_ticks"]) == (500, 3, 510, 0, 1, 2)


def test_what_never_happened_is_none() -> None:
    """A call that was never answered has no answer time."""
    line = Summary(began=0.0).line(Ending(Result.REJECTED, Reason.NO_PLAN, 404), 0.1)
    assert line["answer_ms"] is None
    assert line["turn_ms_median"] is None
    assert line["status"] == 404


def test_a_cost_that_is_not_known_is_none() -> None:
    """Zero would be a lie."""
    summary = Summary(began=0.0)
    summary(CostUpdated(None), 1.0)
    assert summary.line(ENDING, 4.0)["cost_usd"] is None
    assert summary.line(ENDING, 4.0)["cost_at_least_usd"] is None
    summary(CostUpdated(Decimal("0.5"), complete=False), 2.0)
    assert summary.line(ENDING, 4.0)["cost_usd"] is None
    assert summary.line(ENDING, 4.0)["cost_at_least_usd"] == 0.5


SHUTDOWN = Ending(Result.COMPLETED, Reason.SHUTDOWN)
CANCELLED = Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)
UNAVAILABLE = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)


@pytest.mark.parametrize(
    ("events", "ending", "told"),
    [
        ((LegEnded(SHUTDOWN),), SHUTDOWN, ("rejected", 503)),  # what a leg says when nothing refuses
        ((Answer(), LegEnded(SHUTDOWN)), SHUTDOWN, ("completed", 200)),  # before the ACK
        ((Answer(), Answered(), LegEnded(SHUTDOWN)), SHUTDOWN, ("completed", 200)),
        ((Answer(), LegEnded(CANCELLED)), CANCELLED, ("cancelled", 487)),  # CANCEL was faster
        ((LegEnded(CANCELLED),), UNAVAILABLE, ("failed", 487)),  # left when there was nobody
        ((LegEnded(UNAVAILABLE),), UNAVAILABLE, ("failed", 503)),
        ((Answer(), Answered(), LegEnded(UNAVAILABLE)), UNAVAILABLE, ("failed", 200)),  # with an apology
        ((), Ending(Result.REJECTED, Reason.BUSY, 486), ("rejected", 486)),
    ],
)
def test_the_status_is_what_the_caller_was_told(
    events: tuple[Fact | Order, ...], ending: Ending, told: tuple[str, int]
) -> None:
    """200 for whoever was answered; else what refused them, whatever the reason was."""
    summary = Summary(began=0.0)
    for event in events:
        summary(event, 1.0)
    line = summary.line(ending, 2.0, accepted=Answer() in events)
    assert (line["result"], line["status"]) == told
    assert line["reason"] == ending.reason.value


def test_the_time_after_the_call_is_not_part_of_it() -> None:
    """A model that is asked for a summary when everybody has left."""
    summary = Summary(began=0.0)
    for event, at in [(Answered(), 1.0), (LegEnded(ENDING), 5.0)]:
        summary(event, at)
    line = summary.line(ENDING, 12.0)
    assert (line["seconds"], line["talk_seconds"]) == (5.0, 4.0)


def test_the_line_is_explained() -> None:
    """Every field and every reason, to whoever reads it."""
    text = (ROOT / "docs" / "call-log.md").read_text(encoding="utf-8")
    words = (*Summary(began=0.0).line(ENDING, 1.0), *Reason, *Result)
    assert [word for word in words if f"`{word}`" not in text] == []
