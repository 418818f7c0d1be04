from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import pytest

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    AgentSaid,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CancelResponse,
    Clear,
    Commit,
    ModelOrder,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SessionFact,
    SessionFault,
    ToolCalled,
)
from gateway.realtime.continuity.attached_session import AttachedSession
from gateway.realtime.continuity.handover import DETECTION_MS, NOTICE, REPLACED, Handover
from gateway.realtime.events.session import TurnDetection
from gateway.realtime.g711 import levels
from gateway.realtime.providers import LOCAL
from gateway.realtime.session import Session
from gateway.realtime.settings import SessionSettings

VAD = TurnDetection(type="server_vad")
MANUAL = TurnDetection(type="server_vad", create_response=False)


class Served:
    """A line whose session is configured by hand: what it would send can be read, and nobody is there."""

    def __init__(self, detection: TurnDetection | None = VAD) -> None:
        self.line = AttachedSession(0, detection)
        self.line.session = Session(LOCAL, SessionSettings(turn_detection=detection), lambda fact: None)
        self.tell("session.created", session={})
        self.tell("session.updated", session={})
        self.line.session.protocol.outgoing.clear()

    def tell(self, kind: str, **fields: Any) -> None:
        """Let the server say something."""
        self.line.session.protocol.received(orjson.dumps({"type": kind, "event_id": "e", **fields}))

    def sent(self) -> list[dict[str, Any]]:
        """Return what waits to be sent, and forget it."""
        outgoing = self.line.session.protocol.outgoing
        events = [orjson.loads(frame) for frame in outgoing]
        outgoing.clear()
        return events

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.sent()]


class Call:
    """A hand-over with a session on the line; time stands still."""

    def __init__(self, detection: TurnDetection | None = VAD) -> None:
        self.handover = Handover()
        self.served = Served(detection)
        self.handover.take(self.served.line)

    def say(self, *numbers: int) -> None:
        for number in numbers:
            self.handover.unanswered_audio.kept.put(sound(number))

    def happens(self, *facts: SessionFact) -> None:
        for fact in facts:
            self.handover.on_fact(fact, self.served.line)

    def order(self, *orders: ModelOrder) -> None:
        for order in orders:
            self.handover.ordered(order, self.served.line)

    def lose(self) -> list[SessionFact]:
        return self.handover.leave(self.served.line, "lost")

    def following(self) -> list[dict[str, Any]]:
        """Put another session on the line; give what it is sent, audio apart."""
        self.served = Served(self.served.line.detection)
        self.handover.take(self.served.line)
        self.handover.go_on(self.served.line)
        return self.served.sent()


def sound(number: int) -> bytes:
    """Return 100 ms in one of the levels of mu-law, which are kept as they are."""
    return levels("pcmu")[number].tobytes() * (100 * BYTES_PER_MS // 2)


def sounds(*numbers: int) -> bytes:
    return b"".join(map(sound, numbers))


def told(events: list[dict[str, Any]]) -> list[str]:
    items = [event["item"] for event in events if event["type"] == "conversation.item.create"]
    return [item["content"][0].get("text", "<audio>") for item in items]


def test_orders_go_to_the_session_on_the_line() -> None:
    """And to nobody while there is none: the next one is told."""
    call = Call()
    call.order(AddText("user", "early"), Respond())
    assert call.served.kinds() == ["conversation.item.create", "response.create"]
    call.lose()
    call.handover.ordered(AddText("user", "late"), None)
    assert call.served.sent() == []
    following = call.following()
    assert told(following) == ["early", "late", NOTICE]
    assert following[-1]["type"] == "response.create"


def test_what_was_said_is_told_and_nothing_is_asked() -> None:
    """The word is the caller's."""
    call = Call()
    call.order(Respond("Greet."))
    call.happens(ResponseStarted("r"), AgentAudio("r", "a", bytes(9600)), AgentSaid("a", "Hello."))
    call.happens(ResponseEnded("r", "completed"))
    assert call.lose() == []
    assert told(call.following()) == ["Hello.", NOTICE]


def test_an_open_turn_is_ended_and_heard_again() -> None:
    """From its beginning, and with what was said in between; what waited is part of it."""
    call = Call()
    call.say(1, 2, 3)
    call.happens(CallerStartedSpeaking("u", 100))
    call.handover.backlog.put(sound(3))
    assert call.lose() == [CallerStoppedSpeaking("u")]
    call.handover.backlog.put(sound(4))
    assert "response.create" not in [event["type"] for event in call.following()]
    assert call.handover.backlog.contents() == sounds(2, 3, 4)
    assert call.served.line.session.backlog is call.handover.backlog
    assert call.handover.unanswered_audio.unanswered() == sounds(2, 3, 4)


@pytest.mark.parametrize(("detection", "asked"), [(VAD, True), (MANUAL, False)])
def test_a_turn_without_an_answer_is_told_as_audio(detection: TurnDetection, asked: bool) -> None:
    """And answered, if the session was to answer it by itself."""
    call = Call(detection)
    call.say(1, 2, 3)
    call.happens(CallerStartedSpeaking("u", 100), CallerStoppedSpeaking("u", 200))
    call.lose()
    following = call.following()
    assert told(following) == ["<audio>", NOTICE]
    assert ("response.create" in [event["type"] for event in following]) is asked


def test_a_response_cut_off_is_ended_and_gone_on_with() -> None:
    """As far as its sound had come: the words run ahead."""
    call = Call()
    call.served.tell("response.created", response={"id": "r"})
    call.served.tell(
        "response.output_audio_transcript.delta", **PLACE, delta="We are open from nine to five."
    )
    call.happens(ResponseStarted("r"), AgentAudio("r", "a", bytes(48_000)))
    assert call.lose() == [ResponseEnded("r", "cancelled", "lost")]
    following = call.following()
    assert told(following) == ["We are open ...", NOTICE]
    assert following[-1]["type"] == "response.create"


PLACE = {"response_id": "r", "item_id": "a", "output_index": 0, "content_index": 0}


def test_a_failure_that_leaves_hope_owes_an_answer() -> None:
    """In the same words; a fatal one does not."""
    for code, owed in (("server_error", Respond("Greet.")), ("insufficient_quota", None)):
        call = Call()
        call.order(Respond("Greet."))
        call.happens(ResponseStarted("r"), ResponseEnded("r", "failed", code))
        assert call.handover.pending_response.question == owed


def test_orders_and_facts_move_the_floor() -> None:
    """Who was cancelled, has spoken or called a function is not waited for."""
    call = Call()
    call.order(Respond(), CancelResponse("r"))
    assert call.handover.pending_response.question is None
    call.happens(ResponseStarted("r"))
    assert not call.handover.pending_response.spoke
    call.happens(AgentAudio("r", "a", bytes(1000 * BYTES_PER_MS)))
    assert call.handover.pending_response.spoke
    call.happens(ResponseStarted("r2"), ToolCalled("r2", "c", "f", "{}"))
    assert call.handover.pending_response.spoke


def test_a_turn_committed_while_nobody_listens_is_the_next_sessions() -> None:
    """First its end, then the question; once."""
    call = Call(None)
    call.lose()
    call.handover.ordered(Commit(), None)
    call.handover.ordered(Respond(), None)
    kinds = [event["type"] for event in call.following()]
    assert kinds == ["conversation.item.create", "input_audio_buffer.commit", "response.create"]
    call.happens(ResponseStarted("r"), AgentAudio("r", "a", b"12"))
    call.lose()
    assert "input_audio_buffer.commit" not in [event["type"] for event in call.following()]


def test_a_turn_of_ours_cut_off_is_heard_from_its_beginning() -> None:
    """By the next session, with what comes in the gap; it is ended there, and asked for once."""
    call = Call(None)
    call.say(1, 2)
    call.order(Commit(), Respond())
    call.happens(ResponseStarted("r"), AgentAudio("r", "a", bytes(9600)), ResponseEnded("r", "completed"))
    call.happens(CallerSaid("u", "One two."))
    call.say(3, 4)
    call.happens(SessionFault("other", "a sign of life"))
    assert call.lose() == []
    call.say(5)
    call.handover.backlog.put(sound(5))
    following = call.following()
    assert told(following) == ["One two.", NOTICE]
    assert "response.create" not in [event["type"] for event in following]
    assert call.handover.backlog.contents() == sounds(3, 4, 5)
    call.order(Commit(), Respond())
    assert call.served.kinds() == [
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "response.create",
    ]


def test_a_turn_of_ours_without_an_answer_is_told_and_answered_once() -> None:
    """Whether the answer was still to be asked for, was asked for, or had begun without a word."""
    begun = (Commit(), Respond()), (ResponseStarted("r"),)
    for orders, facts in ((Commit(),), ()), ((Commit(), Respond()), ()), begun:
        call = Call(None)
        call.say(1, 2)
        call.order(*orders)
        call.happens(*facts)
        if facts:
            call.served.tell("response.created", response={"id": "r"})
        call.lose()
        if len(orders) == 1:
            call.handover.ordered(Respond(), None)
        following = call.following()
        assert told(following) == ["<audio>", NOTICE]
        assert following[0]["item"]["content"][0]["audio"] == base64.b64encode(sounds(1, 2)).decode()
        assert [event["type"] for event in following].count("response.create") == 1
        assert following[-1]["type"] == "response.create"
        assert not call.handover.backlog


def test_a_turn_of_ours_that_outlives_two_sessions_is_still_whole() -> None:
    """Committed in the gap, lost again before it was answered: then it is told, not heard once more."""
    call = Call(None)
    call.say(1)
    call.lose()
    call.say(2)
    call.handover.backlog.put(sound(2))
    call.handover.ordered(Commit(), None)
    call.handover.ordered(Respond(), None)
    assert [event["type"] for event in call.following()] == [
        "conversation.item.create",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "response.create",
    ]
    call.lose()
    following = call.following()
    assert following[0]["item"]["content"][0]["audio"] == base64.b64encode(sounds(1, 2)).decode()
    kinds = [event["type"] for event in following]
    assert kinds == ["conversation.item.create", "conversation.item.create", "response.create"]


def test_a_turn_of_ours_that_was_none_is_heard_by_nobody() -> None:
    """Neither one that the session heard, nor one that fell into the gap; a turn that waits there stays."""
    call = Call(None)
    call.say(1)
    call.order(Clear())
    assert call.served.kinds() == ["input_audio_buffer.clear"]
    call.lose()
    assert not call.handover.backlog
    call.say(2)
    call.handover.backlog.put(sound(2))
    call.handover.ordered(Clear(), None)
    call.lose()  # the attempt at another session
    assert not call.handover.backlog
    call.handover.backlog.put(sound(3))
    call.handover.ordered(Commit(), None)
    call.handover.backlog.put(sound(4))
    call.handover.ordered(Clear(), None)
    assert call.handover.backlog.contents() == sounds(3, 4)


def test_a_successor_hears_an_open_turn_of_ours_and_nothing_else() -> None:
    """Between turns there is nothing to be detected."""
    call = Call(None)
    call.say(1, 2)
    call.handover.leave(call.served.line, REPLACED)
    call.handover.part(call.served.line)
    assert call.handover.backlog.contents() == sounds(1, 2)
    call = Call(None)
    call.say(1, 2)
    call.order(Commit())
    call.handover.leave(call.served.line, REPLACED)
    call.handover.part(call.served.line)
    assert not call.handover.backlog


def test_a_call_that_is_over_is_forgotten() -> None:
    """Nothing of it is kept in memory; what was dropped of it stays known."""
    call = Call()
    call.order(AddText("user", "early"))
    call.say(1, 2)
    for _ in range(101):
        call.handover.backlog.put(sound(3))
    call.handover.forget()
    assert not call.handover.backlog
    assert call.handover.unanswered_audio.last(1000) == b""
    assert call.handover.backlog.dropped_ms == 100
    assert told(call.following()) == [NOTICE]


VOICE = 9
HEARD_TURN: tuple[int | SessionFact | ModelOrder, ...] = (
    *[0, 0, 0, 0, VOICE, VOICE],
    CallerStartedSpeaking("u", 100),
    *[VOICE, 0, 0, 0, 0, 0],
    CallerStoppedSpeaking("u", 1200),
    ResponseStarted("r"),
    AgentAudio("r", "a", bytes(9600)),
    AgentAudio("r", "a", bytes(9600)),
    AgentAudioDone("r", "a"),
    AgentSaid("a", "Hello."),
    ResponseEnded("r", "completed"),
    *[0, 0],
)
"""A turn that the session finds and answers: pieces of the caller's audio, 100 ms each, and what it tells."""
OUR_TURN: tuple[int | SessionFact | ModelOrder, ...] = (
    *[VOICE, VOICE, VOICE, 0, 0],
    Commit(),
    Respond(),
    *HEARD_TURN[14:20],
)
"""A turn that we find: the session hears it, is told of its end, and asked."""


def live(call: Call, course: Iterable[int | SessionFact | ModelOrder], *, answers: bool) -> int:
    """Let these things happen; give the number of answers that came to their end, if any are given."""
    ended = 0
    for one in course:
        if isinstance(one, int):
            call.say(one)
        elif isinstance(one, Commit | Respond):
            call.order(one)
        elif answers:
            if isinstance(one, ResponseStarted):
                call.served.tell("response.created", response={"id": "r"})
            if isinstance(one, ResponseEnded):
                call.served.tell("response.done", response={"id": "r", "status": "completed"})
                ended += 1
            call.happens(one)
    return ended


def hand_over(call: Call, code: str) -> None:
    """Leave the session on the line for another one, as `LastingSession` does."""
    before, detection = call.served.line, call.served.line.detection
    call.handover.leave(before, code)
    if code == REPLACED:
        call.handover.part(before)
    call.served = Served(detection)
    call.handover.take(call.served.line)
    if code != REPLACED or call.handover.pending_response.question is not None:
        call.handover.go_on(call.served.line)


def answers_to_come(call: Call, course: Sequence[int | SessionFact | ModelOrder]) -> int:
    """Let the rest happen; give how often the session on the line answers: asked, or because it hears."""
    heard = call.handover.backlog.contents()
    heard += sounds(*(one for one in course if isinstance(one, int)))
    live(call, course, answers=False)
    asked = call.served.kinds().count("response.create")
    return asked + (call.served.line.detection is not None and sound(VOICE) in heard)


@pytest.mark.parametrize("code", [REPLACED, "lost"])
@pytest.mark.parametrize(("course", "detection"), [(HEARD_TURN, VAD), (OUR_TURN, None)])
def test_a_turn_is_answered_once_whenever_the_line_is_handed_over(
    course: Sequence[int | SessionFact | ModelOrder], detection: TurnDetection | None, code: str
) -> None:
    """By the first session to its end, or by the second: because it is asked, or finds the turn itself."""
    for moment in range(len(course) + 1):
        call = Call(detection)
        answers = live(call, course[:moment], answers=True)
        hand_over(call, code)
        assert answers + answers_to_come(call, course[moment:]) == 1, (moment, course[moment:][:1])


@pytest.mark.parametrize("code", [REPLACED, "lost"])
@pytest.mark.parametrize(("course", "detection"), [(HEARD_TURN, VAD), (OUR_TURN, None)])
def test_a_session_that_is_lost_before_it_says_anything_costs_no_turn(
    course: Sequence[int | SessionFact | ModelOrder], detection: TurnDetection | None, code: str
) -> None:
    """It took the line and was silent until it was lost, soon or late: the third one answers, once."""
    for moment in range(len(course) + 1):
        for later in range(moment, len(course) + 1):
            call = Call(detection)
            answers = live(call, course[:moment], answers=True)
            hand_over(call, code)
            live(call, course[moment:later], answers=False)
            hand_over(call, "lost")
            assert answers + answers_to_come(call, course[later:]) == 1, (moment, later)


def test_a_successor_hears_what_detection_needs() -> None:
    """A caller who begins to speak just now began a moment ago; unless a whole turn waits."""
    call = Call()
    call.say(1, 2, 3, 4)
    call.happens(ResponseEnded("r", "completed"))
    assert call.handover.leave(call.served.line, REPLACED) == []
    call.handover.part(call.served.line)
    assert call.handover.backlog.contents() == sounds(2, 3, 4)
    assert DETECTION_MS == 300
    assert call.served.line.session.backlog is not call.handover.backlog
