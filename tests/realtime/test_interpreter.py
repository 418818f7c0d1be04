from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.call import (
    AgentAudio,
    AgentAudioDone,
    AgentAudioDropped,
    AgentSaid,
    AgentWrote,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    ResponseEnded,
    ResponseStarted,
    SessionFact,
    SessionFault,
    ToolCalled,
    Usage,
)
from gateway.realtime.events import Unknown, parse_server
from gateway.realtime.events.wire import AudioDelta
from gateway.realtime.interpreter import Interpreter, OutOfBandAnswer, ResponseBilled
from gateway.realtime.orders import ASIDE
from gateway.realtime.usage import Transcribed
from tests.realtime.events.samples import USAGE

PLACE = {"response_id": "r1", "item_id": "i1", "output_index": 0}
CALL = {"id": "fc1", "type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}


class Wire:
    """Feeds an interpreter with events as they are on the wire."""

    def __init__(self) -> None:
        self.interpreter = Interpreter()

    def __call__(self, kind: str, **fields: Any) -> list[SessionFact]:
        event = parse_server(orjson.dumps({"type": kind, **fields}))
        assert not isinstance(event, Unknown)
        return list(self.interpreter.event(event))

    def created(self, response: str = "r1", **fields: Any) -> list[SessionFact]:
        return self("response.created", response={"id": response, "status": "in_progress", **fields})

    def done(self, response: str = "r1", status: str = "completed", **fields: Any) -> list[SessionFact]:
        return self("response.done", response={"id": response, "status": status, **fields})

    def audio(self, pcm: bytes, response: str = "r1", item: str = "i1") -> list[SessionFact]:
        return list(self.interpreter.audio(AudioDelta(response, item, pcm)))


def test_the_callers_turn_is_told() -> None:
    """Beginning, end and words, with their places."""
    wire = Wire()
    assert wire("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=500) == [
        CallerStartedSpeaking("u1", 500)
    ]
    assert wire("input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=900) == [
        CallerStoppedSpeaking("u1", 900)
    ]
    assert said(wire, "u1", " Hello. ") == [CallerSaid("u1", "Hello.")]


def test_a_turn_whose_end_is_not_told_ends_when_it_is_taken() -> None:
    """Otherwise the caller would speak for ever; what is told twice has happened once."""
    wire = Wire()
    for _ in range(2):
        told = wire("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=500)
    assert told == []
    assert wire("input_audio_buffer.committed", item_id="u1") == [CallerStoppedSpeaking("u1")]
    assert wire("input_audio_buffer.committed", item_id="u2") == []
    assert wire("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=900) == [
        CallerStartedSpeaking("u1", 900)
    ]


def said(wire: Wire, item: str, text: str) -> list[SessionFact]:
    kind = "conversation.item.input_audio_transcription.completed"
    return wire(kind, item_id=item, content_index=0, transcript=text)


def test_words_are_told_once() -> None:
    """Some servers send a turn's transcript several times; an empty one says that there were no words."""
    wire = Wire()
    assert said(wire, "u0", " ") == [CallerSaid("u0", "")]
    assert said(wire, "u1", "Hello.") == [CallerSaid("u1", "Hello.")]
    assert said(wire, "u1", "Hello.") == []
    assert said(wire, "u2", "Hello.") == [CallerSaid("u2", "Hello.")]


def test_a_turn_that_was_not_understood_is_a_fault() -> None:
    """The call goes on without its text."""
    kind = "conversation.item.input_audio_transcription.failed"
    assert Wire()(kind, item_id="u1", error={"code": "audio_unintelligible", "message": "no"}) == [
        SessionFault("audio_unintelligible", "no")
    ]


def test_a_spoken_response_is_told_from_beginning_to_end() -> None:
    """Started, audio, all audio, words, ended with what it cost."""
    wire = Wire()
    assert wire.created() == [ResponseStarted("r1")]
    assert wire.interpreter.active == "r1"
    assert wire.audio(bytes(960)) == [AgentAudio("r1", "i1", bytes(960))]
    assert wire.audio(bytes(480)) == [AgentAudio("r1", "i1", bytes(480))]
    assert wire.interpreter.received_ms("i1") == 30
    assert wire("response.output_audio.done", **PLACE) == [AgentAudioDone("r1", "i1")]
    assert wire("response.output_audio_transcript.done", **PLACE, transcript="Hi.") == [
        AgentSaid("i1", "Hi.")
    ]
    usage = Usage(12, 8, 0, 4, 1, 0, 3, 7)
    assert wire.done(usage=USAGE) == [ResponseEnded("r1", "completed", "", usage)]
    assert wire.interpreter.active is None


def test_a_response_cut_off_ends_its_audio_too() -> None:
    """A server that forgets to end the item of a cancelled response does not leave it open."""
    wire = Wire()
    wire.created()
    wire.audio(bytes(960))
    assert wire.done(status="cancelled") == [AgentAudioDone("r1", "i1"), ResponseEnded("r1", "cancelled")]
    assert wire("response.output_audio.done", **PLACE) == []


def test_a_response_never_ended_ends_when_the_next_begins() -> None:
    """Some servers send no response.done after a cancellation."""
    wire = Wire()
    wire.created("r1")
    assert wire.created("r2") == [ResponseEnded("r1", "cancelled"), ResponseStarted("r2")]
    assert wire.created("r2") == []


def test_a_failed_response_says_why() -> None:
    """Quota and rate failures show nowhere else; the code may be in `type`."""
    wire = Wire()
    wire.created()
    details = {"type": "failed", "error": {"type": "rate_limit_exceeded", "message": "slow down"}}
    assert wire.done(status="failed", status_details=details) == [
        ResponseEnded("r1", "failed", "rate_limit_exceeded")
    ]
    wire.created("r2")
    details = {"type": "failed", "error": {}}
    assert wire.done("r2", "failed", status_details=details) == [ResponseEnded("r2", "failed", "failed")]


def test_nothing_of_an_aside_is_heard() -> None:
    """What was asked out of band gives no fact at all; its answer is kept apart."""
    wire = Wire()
    wire.created("r1")
    assert wire.created("oob", metadata={ASIDE: "summary"}, conversation_id=None) == []
    assert wire.interpreter.active == "r1"
    assert wire.audio(b"ab", "oob", "i9") == []
    place = {"response_id": "oob", "item_id": "i9", "output_index": 0, "content_index": 0}
    assert wire("response.output_audio.done", **place) == []
    assert wire("response.output_text.done", **place, text="x") == []
    assert wire("response.output_item.done", response_id="oob", output_index=0, item=CALL) == []
    message = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "He called."}],
    }
    assert wire.done("oob", metadata={ASIDE: "summary"}, output=[message]) == []
    assert wire.interpreter.news == [
        ResponseBilled(None),
        OutOfBandAnswer("summary", "He called.", "completed"),
    ]


def test_a_foreign_metadata_is_no_aside() -> None:
    """Only our own mark makes a response one."""
    assert Wire().created("r1", metadata={"topic": "x"}) == [ResponseStarted("r1")]


def test_a_function_call_is_told_once_and_at_once() -> None:
    """The tool starts at arguments.done; the item and the response repeat it."""
    wire = Wire()
    wire.created()
    wire("response.output_item.added", response_id="r1", output_index=0, item=CALL)
    arguments = {"response_id": "r1", "item_id": "fc1", "call_id": "c1", "name": "f", "arguments": '{"a":1}'}
    assert wire("response.function_call_arguments.done", **arguments) == [
        ToolCalled("r1", "c1", "f", '{"a":1}')
    ]
    assert wire("response.output_item.done", response_id="r1", output_index=0, item=CALL) == []
    assert wire.done(output=[CALL]) == [ResponseEnded("r1", "completed")]


def test_an_older_servers_call_takes_its_name_from_the_item() -> None:
    """Without name and call id in arguments.done, the item added before has them."""
    wire = Wire()
    wire.created()
    wire("response.output_item.added", response_id="r1", output_index=0, item={**CALL, "arguments": ""})
    arguments = {"response_id": "r1", "item_id": "fc1", "arguments": "{}"}
    assert wire("response.function_call_arguments.done", **arguments) == [ToolCalled("r1", "c1", "f", "{}")]


def test_a_call_that_only_the_response_tells_is_told() -> None:
    """A server without the finer events is understood too."""
    wire = Wire()
    wire.created()
    assert wire("response.function_call_arguments.done", item_id="fc1", arguments="{}") == []
    assert wire.done(output=[{**CALL, "status": "completed"}]) == [
        ToolCalled("r1", "c1", "f", "{}"),
        ResponseEnded("r1", "completed"),
    ]


def test_half_a_call_is_not_made() -> None:
    """Cut off by the caller, its arguments are not whole."""
    wire = Wire()
    wire.created()
    half = {**CALL, "status": "incomplete", "arguments": '{"a'}
    assert wire("response.output_item.done", response_id="r1", output_index=0, item=half) == []
    assert wire.done(status="cancelled", output=[CALL]) == [ResponseEnded("r1", "cancelled")]


def test_what_was_only_written_was_not_said() -> None:
    """Nobody hears text; it is told once, when the response is over, and empty text never."""
    wire = Wire()
    wire.created()
    assert wire("response.output_text.done", **PLACE, text="Hi.") == []
    assert wire("response.output_text.done", **PLACE, text="Hi.") == []
    assert wire("response.output_text.done", **{**PLACE, "item_id": "i2"}, text=" ") == []
    assert wire("response.output_audio_transcript.done", **{**PLACE, "item_id": "i3"}, transcript=" ") == []
    assert wire.done() == [AgentWrote("r1", "i1", "Hi."), ResponseEnded("r1", "completed")]


def test_what_was_written_and_spoken_was_said() -> None:
    """Some servers send the words of their speech as text, before or after its sound."""
    wire = Wire()
    wire.created()
    assert wire("response.output_text.done", **PLACE, text="Hi.") == []
    wire.audio(bytes(960))
    ended = wire.done()
    assert ended[1:] == [AgentSaid("i1", "Hi."), ResponseEnded("r1", "completed")]
    wire.created("r2")
    wire.audio(bytes(960), "r2", "i2")
    said = wire("response.output_text.done", **{**PLACE, "response_id": "r2", "item_id": "i2"}, text="Ho.")
    assert said == [AgentSaid("i2", "Ho.")]


@pytest.mark.parametrize("sounds", [True, False])
@pytest.mark.parametrize("kind", ["transcript", "text"])
def test_words_that_only_the_response_tells_are_told(kind: str, sounds: bool) -> None:
    """A server that leaves out the events before `response.done` has their contents in that."""
    wire = Wire()
    wire.created()
    if sounds:
        wire.audio(bytes(960))
        wire("response.output_audio.done", **PLACE)
    content = [{"type": "output_audio" if kind == "transcript" else "output_text", kind: "Hi."}]
    item = {"id": "i1", "type": "message", "role": "assistant", "content": content}
    told = AgentSaid("i1", "Hi.") if sounds else AgentWrote("r1", "i1", "Hi.")
    assert wire.done(output=[item]) == [told, ResponseEnded("r1", "completed")]
    assert wire.done(output=[item]) == []


def test_one_response_speaks_at_a_time() -> None:
    """Another that begins silences the first: of two whose audio comes in turns only one is heard."""
    wire = Wire()
    wire.created("r1")
    assert wire.audio(bytes(960), "r1", "i1") == [AgentAudio("r1", "i1", bytes(960))]
    assert wire.created("r2") == [
        AgentAudioDone("r1", "i1"),
        ResponseEnded("r1", "cancelled"),
        ResponseStarted("r2"),
    ]
    for _ in range(3):
        assert wire.audio(bytes(960), "r2", "i2") == [AgentAudio("r2", "i2", bytes(960))]
        assert wire.audio(bytes(960), "r1", "i1") == []
    assert wire.interpreter.received_ms("i1") == 20
    assert wire.created("r1") == []
    assert wire.done("r1") == [AgentAudioDropped("r1", "i1")]
    assert wire.interpreter.active == "r2"
    assert wire.done("r2") == [AgentAudioDone("r2", "i2"), ResponseEnded("r2", "completed")]


@pytest.mark.parametrize("status", ["completed", "cancelled", "incomplete", "failed"])
def test_the_tail_of_a_response_that_is_over_is_not_heard(status: str) -> None:
    """However it ended; its own doubled end is not told again."""
    wire = Wire()
    wire.created("r1")
    wire.audio(bytes(960), "r1", "i1")
    wire.done("r1", status)
    assert wire.audio(bytes(960), "r1", "i1") == []
    assert wire.audio(bytes(960), "r1", "i2") == []
    assert wire.created("r1") == []
    assert wire.done("r1", status) == [AgentAudioDropped("r1", "i1"), AgentAudioDropped("r1", "i2")]
    assert wire.done("r1", status) == []


EVENTS = st.tuples(
    st.sampled_from(("created", "audio", "audio done", "text", "call", "done", "cancelled")),
    st.sampled_from(("r1", "r2", "r3")),
    st.sampled_from(("i1", "i2")),
)


@given(st.lists(EVENTS, max_size=30))
def test_in_whatever_order_events_come_one_response_speaks(events: list[tuple[str, str, str]]) -> None:
    """Each begins once and ends once, at the latest when another begins; only that is heard."""
    wire = Wire()
    active: str | None = None
    begun: list[str] = []
    for kind, response, name in events:
        for fact in happens(wire, kind, response, f"{response} {name}"):
            match fact:
                case ResponseStarted():
                    assert active is None
                    active = fact.response_id
                    begun.append(active)
                case ResponseEnded():
                    assert fact.response_id == active
                    active = None
                case AgentAudio():
                    assert fact.response_id == active
                case _:
                    pass
    assert len(begun) == len(set(begun))
    assert wire.interpreter.active == active


def happens(wire: Wire, kind: str, response: str, item: str) -> list[SessionFact]:
    place = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    match kind:
        case "created":
            return wire.created(response)
        case "audio":
            return wire.audio(bytes(960), response, item)
        case "audio done":
            return wire("response.output_audio.done", **place)
        case "text":
            return wire("response.output_text.done", **place, text="Hi.")
        case "call":
            call = {"call_id": item, "name": "f", "arguments": "{}"}
            return wire("response.function_call_arguments.done", **place, **call)
    return wire.done(response, "completed" if kind == "done" else kind)


def test_items_sent_side_by_side_are_heard_one_after_the_other() -> None:
    """The second waits until the first is complete, at the latest until the response ends."""
    wire = Wire()
    first, third = (AgentAudio("r1", item, bytes(960)) for item in ("i1", "i3"))
    wire.created()
    for _ in range(2):
        assert wire.audio(bytes(960), item="i1") == [first]
        assert wire.audio(bytes(960), item="i2") == []
    assert wire("response.output_audio.done", **{**PLACE, "item_id": "i2"}) == []
    assert wire.audio(bytes(960), item="i3") == []
    item = {"id": "i1", "type": "message", "role": "assistant", "content": []}
    assert wire("response.output_item.done", response_id="r1", output_index=0, item=item) == [
        AgentAudioDone("r1", "i1"),
        AgentAudio("r1", "i2", bytes(1920)),
        AgentAudioDone("r1", "i2"),
        third,
    ]
    assert wire.audio(bytes(960), item="i3") == [third]
    assert wire.audio(bytes(960), item="i4") == []
    assert wire.done() == [
        AgentAudio("r1", "i4", bytes(960)),
        AgentAudioDone("r1", "i3"),
        AgentAudioDone("r1", "i4"),
        ResponseEnded("r1", "completed"),
    ]


def test_items_of_one_response_are_heard_one_after_the_other() -> None:
    """A word before a function call, and the answer after it."""
    wire = Wire()
    wire.created()
    for item in ("i1", "i2"):
        assert wire.audio(bytes(960), "r1", item) == [AgentAudio("r1", item, bytes(960))]
        assert wire("response.output_audio.done", **{**PLACE, "item_id": item}) == [
            AgentAudioDone("r1", item)
        ]


def test_a_response_without_a_beginning_begins_with_its_call_or_its_end() -> None:
    """Whoever waits for it has to know that it was one."""
    wire = Wire()
    done = {"response_id": "r1", "item_id": "fc1", "call_id": "c1", "name": "f", "arguments": "{}"}
    assert wire("response.function_call_arguments.done", **done) == [
        ResponseStarted("r1"),
        ToolCalled("r1", "c1", "f", "{}"),
    ]
    assert wire.done("r1") == [ResponseEnded("r1", "completed")]
    assert wire.done("r2") == [ResponseStarted("r2"), ResponseEnded("r2", "completed")]
    assert wire.done("r2") == []


def test_a_response_without_a_beginning_begins_with_its_audio() -> None:
    """Also one without a name; it ends the one before."""
    wire = Wire()
    assert wire.audio(bytes(960)) == [ResponseStarted("r1"), AgentAudio("r1", "i1", bytes(960))]
    assert wire.created("r1") == []
    assert wire.audio(bytes(960), "r2", "i2")[1:] == [
        ResponseEnded("r1", "cancelled"),
        ResponseStarted("r2"),
        AgentAudio("r2", "i2", bytes(960)),
    ]
    assert wire.audio(bytes(960), "", "i2") == [AgentAudio("r2", "i2", bytes(960))]
    assert wire.done("") == [AgentAudioDone("r2", "i2"), ResponseEnded("r2", "completed")]


def test_what_concerns_nobody_is_no_fact() -> None:
    """Progress, echoes and acknowledgements are not told."""
    wire = Wire()
    assert wire("input_audio_buffer.committed", item_id="u1") == []
    assert wire("response.output_audio_transcript.delta", **PLACE, delta="H") == []
    assert wire("conversation.item.truncated", item_id="i1", audio_end_ms=1) == []
    assert wire.interpreter.received_ms("nobody") is None


def test_an_aside_is_known_without_its_mark() -> None:
    """A server that forgets the metadata says at least that the response belongs nowhere."""
    wire = Wire()
    assert wire.created("r1", conversation_id=None) == [ResponseStarted("r1")]
    wire.interpreter.asked_aside("summary")
    assert wire.created("r2") == [ResponseEnded("r1", "cancelled"), ResponseStarted("r2")]
    assert wire.created("oob", conversation_id=None) == []
    assert wire.done("oob", conversation_id=None) == []
    assert wire.interpreter.news[-1] == OutOfBandAnswer("summary", "", "completed")
    assert wire.created("r3", conversation_id=None) == [
        ResponseEnded("r2", "cancelled"),
        ResponseStarted("r3"),
    ]


def test_what_was_used_up_is_news() -> None:
    """Of responses, heard or not, and of transcriptions."""
    wire = Wire()
    wire.done(usage=USAGE)
    wire.done("r2", status="cancelled", usage=None)
    kind = "conversation.item.input_audio_transcription.completed"
    wire(kind, item_id="u1", transcript="x", usage={"type": "duration", "seconds": 1.5})
    wire(kind, item_id="u2", transcript="x", usage=None)
    usage = Usage(12, 8, 0, 4, 1, 0, 3, 7)
    assert wire.interpreter.news == [ResponseBilled(usage), ResponseBilled(None), Transcribed(seconds=1.5)]


def test_what_is_unfinished_can_be_asked_for() -> None:
    """The words of items that are still being said."""
    wire = Wire()
    wire("response.output_audio_transcript.delta", **PLACE, delta="Hel")
    wire("response.output_audio_transcript.delta", **PLACE, delta="lo")
    assert wire.interpreter.unfinished() == {"i1": "Hello"}
    wire.audio(bytes(960))
    wire("response.output_audio_transcript.done", **PLACE, transcript="Hello.")
    assert wire.interpreter.unfinished() == {}


def test_what_is_in_the_making_can_be_abandoned() -> None:
    """Its own end will never come."""
    wire = Wire()
    assert wire.interpreter.abandon("x") == ()
    wire.created()
    wire.audio(b"ab")
    told = list(wire.interpreter.abandon("connection_lost"))
    assert told == [AgentAudioDone("r1", "i1"), ResponseEnded("r1", "cancelled", "connection_lost")]
    assert wire.interpreter.active is None


def test_audio_without_a_sample_is_none() -> None:
    """An empty delta, or half a sample, is nothing that could be heard."""
    wire = Wire()
    wire.created()
    assert wire.audio(b"") == []
    assert wire.audio(b"a", item="i2") == []
    wire("response.output_text.done", **PLACE, text="Hi.")
    assert AgentWrote("r1", "i1", "Hi.") in wire.done()


def test_half_a_sample_waits_for_its_other_half() -> None:
    """Audio cut at an odd byte would be noise from there on."""
    wire = Wire()
    wire.created()
    assert wire.audio(b"abc") == [AgentAudio("r1", "i1", b"ab")]
    assert wire.audio(b"d") == [AgentAudio("r1", "i1", b"cd")]
    assert wire.audio(b"ef") == [AgentAudio("r1", "i1", b"ef")]
