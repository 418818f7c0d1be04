from __future__ import annotations

import pytest

from gateway.call import (
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SessionFault,
    SessionLost,
)
from gateway.realtime.continuity import liveness, reconnect, response_timeout, rollover
from gateway.realtime.continuity.liveness import LivenessPolicy
from gateway.realtime.continuity.pending_response import PendingResponse
from gateway.realtime.continuity.reconnect import ReconnectPolicy
from gateway.realtime.continuity.response_timeout import ResponseTimeouts
from gateway.realtime.continuity.rollover import RolloverPolicy
from gateway.realtime.continuity.supervision import HEEDED, ContinuityPolicy, Supervision
from gateway.realtime.continuity.vocabulary import AskAgain, ReplaceSession
from gateway.realtime.events.session import TurnDetection
from tests.equipment.matched_kinds import matched_kinds

POLICY = ContinuityPolicy(
    reconnect=ReconnectPolicy(back_off=(0.0, 0.5), limit_back_off=(1.0, 2.0), jitter=0.0),
    response=ResponseTimeouts(
        answer=4.0, excuse=4.0, first_output=12.0, stall=6.0, doubt=0.6, pulse=3.0, again=2.0
    ),
    liveness=LivenessPolicy(silence=3.0, answer=3.0),
    rollover=RolloverPolicy(ahead=300.0, quiet=1.0),
)
VAD = TurnDetection(type="server_vad")


def on_the_line(
    floor: PendingResponse | None = None, detection: TurnDetection | None = VAD, *, asked: bool = False
) -> Supervision:
    """Machines with a session for an hour, from time 0."""
    machines = Supervision([detection], POLICY, floor or PendingResponse(), lambda: 0.0)
    assert machines.begin(0.0) == [reconnect.Open(0)]
    assert machines.ready(0.0) == []
    assert machines.began(3600.0, 0.0, can_be_asked=asked) == []
    return machines


def test_a_turn_that_the_session_answers_is_watched() -> None:
    """Until it does; a turn that is ours to answer is nobody's delay."""
    machines = on_the_line()
    machines.on_fact(CallerStartedSpeaking("u"), 1.0, answers_by_itself=True)
    machines.on_fact(CallerStoppedSpeaking("u"), 2.0, answers_by_itself=False)
    assert machines.wake_at == 3300.0
    stopped = CallerStoppedSpeaking("u")
    assert machines.on_fact(stopped, 2.0, answers_by_itself=True) == []
    assert machines.wake_at == 2.6
    assert machines.tick(2.6) == [response_timeout.Probe()]
    assert machines.wake_at == 5.0
    assert machines.tick(5.0, 3.0) == []
    assert machines.tick(6.0, 3.0) == [response_timeout.NO_RESPONSE, AskAgain(), response_timeout.Probe()]
    machines.answered_probe(6.1)
    assert machines.wake_at == 8.0
    machines.on_fact(ResponseStarted("r"), 7.0, answers_by_itself=True)
    assert machines.wake_at == 11.0
    machines.on_fact(ResponseEnded("r", "completed"), 8.0, answers_by_itself=True)
    assert machines.wake_at == 3300.0


def test_what_was_asked_for_is_watched_until_the_session_is_left() -> None:
    """Another one is not blamed for it."""
    machines = on_the_line()
    machines.expected(1.0)
    assert machines.wake_at == 1.6
    assert machines.tick(1.6) == [response_timeout.Probe()]
    assert machines.wake_at == 4.0
    machines.answered_probe(1.7)
    assert machines.wake_at == 5.0
    machines.left(2.0)
    assert machines.wake_at == 3300.0


def test_a_response_that_we_stop_is_not_watched_on() -> None:
    """If something of it had come: some servers do not say that it has stopped."""
    for spoke, wakes in ((True, 3300.0), (False, 5.0)):
        pending = PendingResponse()
        machines = on_the_line(pending)
        pending.response_began()
        machines.on_fact(ResponseStarted("r"), 1.0, answers_by_itself=True)
        if spoke:
            pending.gave_audio()
        machines.cancelled(2.0)
        assert machines.wake_at == wakes


def test_a_response_that_the_server_stops_for_the_caller_is_not_watched_on() -> None:
    """If something of it had come; one of which nothing had keeps its time."""
    for spoke in (True, False):
        pending_response = PendingResponse()
        machines = on_the_line(pending_response)
        machines.on_fact(ResponseStarted("r"), 0.0, answers_by_itself=True)
        if spoke:
            pending_response.gave_audio()
        machines.on_fact(CallerStartedSpeaking("u"), 1.0, answers_by_itself=True, interrupts=True)
        assert (machines.wake_at == 4.0) is not spoke


def test_frames_keep_a_response_alive() -> None:
    """The time of the last one comes with the tick."""
    machines = on_the_line()
    machines.on_fact(ResponseStarted("r"), 0.0, answers_by_itself=True)
    assert machines.tick(4.0, 3.5) == [response_timeout.NOTHING_OF_IT]
    assert machines.tick(12.0, 11.5, 11.0) == []
    assert machines.wake_at == 17.0
    assert machines.tick(17.0) == [ReplaceSession("stalled")]


def test_a_response_without_output_is_waited_for_only_once() -> None:
    """The caller speaks over it, and the next gives nothing either; not so after one that gave something."""
    for spoke, ends in ((False, 19.0), (True, 21.0)):
        floor = PendingResponse()
        machines = on_the_line(floor)
        machines.on_fact(ResponseStarted("r1"), 7.0, answers_by_itself=True)
        if spoke:
            floor.gave_call()
        machines.on_fact(ResponseEnded("r1", "cancelled"), 9.0, answers_by_itself=True)
        machines.on_fact(ResponseStarted("r2"), 9.0, answers_by_itself=True)
        assert machines.tick(13.0) == [response_timeout.NOTHING_OF_IT]
        assert machines.tick(ends - 0.1) == []
        assert machines.tick(ends) == [ReplaceSession("stalled")]


def test_a_session_that_owes_nothing_is_asked_whether_it_listens() -> None:
    """And left if it does not; never while an answer is due, for which there is other patience."""
    machines = on_the_line(asked=True)
    assert machines.tick(3.0, 0.1) == []
    assert machines.answered_question(0.1) == []
    assert machines.tick(3.1, 2.0) == []
    assert machines.wake_at == 5.0
    assert machines.tick(5.0, 2.0) == [liveness.Ask()]
    machines.on_fact(ResponseStarted("r"), 7.0, answers_by_itself=True)
    assert machines.tick(8.5, 2.0) == []
    assert machines.wake_at == 11.0
    machines.on_fact(ResponseEnded("r", "completed"), 9.0, answers_by_itself=True)
    assert machines.tick(10.0, 9.0) == []
    assert machines.tick(12.0, 9.0) == [liveness.Ask()]
    assert machines.tick(15.0, 9.0) == [ReplaceSession("no_sign_of_life")]
    machines.left(15.0)
    assert machines.tick(60.0) == []


@pytest.mark.parametrize(
    ("code", "orders", "wake_at"),
    [
        ("rate_limit_exceeded", [], 11.0),
        ("server_error", [AskAgain()], 3300.0),
        ("insufficient_quota", [], 3300.0),
    ],
)
def test_a_failed_response_is_asked_for_again_unless_it_is_hopeless(
    code: str, orders: list[object], wake_at: float
) -> None:
    """Later, at once, or not: then the loss of the session follows."""
    machines = on_the_line()
    machines.on_fact(ResponseStarted("r"), 9.0, answers_by_itself=True)
    failed = ResponseEnded("r", "failed", code)
    assert machines.on_fact(failed, 10.0, answers_by_itself=True) == orders
    assert machines.wake_at == wake_at


def test_a_question_refused_outright_is_asked_again_later() -> None:
    """The account's limit, while something is to be answered; without a question it is no matter."""
    floor = PendingResponse()
    machines = on_the_line(floor)
    refused = SessionFault("rate_limit_exceeded", "")
    assert machines.on_fact(refused, 5.0, answers_by_itself=True) == []
    assert machines.wake_at == 3300.0
    floor.asked(Respond())
    machines.expected(5.0)
    assert machines.on_fact(refused, 5.0, answers_by_itself=True) == []
    assert machines.wake_at == 6.0
    assert machines.tick(6.0) == [AskAgain()]


def test_a_loss_is_recovered_from_and_forgiven_by_an_answer() -> None:
    """The second in a row waits; after a response that came to a good end it does not."""
    machines = on_the_line()
    lost = SessionLost("connection_lost", "")
    assert machines.lost(lost, 1.0) == [reconnect.Open(0)]
    assert machines.lost(lost, 1.0) == []
    assert machines.wake_at == 1.5
    assert machines.tick(1.5) == [reconnect.Open(0)]
    machines.ready(2.0)
    machines.on_fact(ResponseEnded("r", "completed"), 2.0, answers_by_itself=True)
    assert machines.lost(lost, 3.0) == [reconnect.Open(0)]


def test_a_session_is_replaced_when_all_was_heard() -> None:
    """The quiet before a hand-over begins where the answer ends that the caller hears, not where it came."""
    floor = PendingResponse()
    machines = on_the_line(floor)
    assert machines.tick(3300.0) == [rollover.OpenSuccessor()]
    machines.on_fact(ResponseStarted("r"), 3301.0, answers_by_itself=True)
    floor.gave_audio()
    machines.playback(3301.0, playing=True)
    machines.on_fact(ResponseEnded("r", "completed"), 3302.0, answers_by_itself=True)
    assert machines.successor(3303.0, ready=True) == []
    assert machines.wake_at == 3585.0
    assert machines.playback(3306.0, playing=False) == []
    assert machines.wake_at == 3307.0
    assert machines.tick(3307.0) == [rollover.HandOver()]


def test_a_caller_who_speaks_over_an_answer_is_not_quiet() -> None:
    """The response that he ended is no reason to hand the line over in the middle of his turn."""
    floor = PendingResponse()
    machines = on_the_line(floor)
    machines.tick(3300.0)
    machines.on_fact(ResponseStarted("r"), 3301.0, answers_by_itself=True)
    machines.successor(3301.5, ready=True)
    floor.caller_began("u")
    machines.on_fact(CallerStartedSpeaking("u"), 3302.0, answers_by_itself=True)
    machines.on_fact(ResponseEnded("r", "cancelled"), 3302.1, answers_by_itself=True)
    assert machines.tick(3310.0) == []


def test_a_successor_that_is_lost_is_tried_again() -> None:
    """After a moment."""
    machines = on_the_line()
    machines.tick(3300.0)
    machines.successor(3301.0, ready=False)
    assert machines.wake_at == 3306.0


def test_one_machine_at_a_time_is_heeded() -> None:
    """Two are overdue: what the first orders may change what the second would have."""
    machines = on_the_line()
    machines.on_fact(ResponseStarted("r"), 3295.0, answers_by_itself=True)
    assert machines.tick(3400.0) == [ReplaceSession("stalled")]
    assert machines.wake_at == 3300.0
    assert machines.tick(3400.0) == [rollover.OpenSuccessor()]


def test_detection_by_meaning_may_take_longer() -> None:
    """It waits up to eight seconds before a turn counts as over."""
    machines = on_the_line(detection=TurnDetection(type="semantic_vad"))
    machines.expected(0.0)
    machines.answered_probe(0.1)
    assert machines.wake_at == 10.0


def test_it_is_told_of_all_that_it_follows() -> None:
    """Of what it has a case for."""
    assert matched_kinds(Supervision.on_fact) == HEEDED
