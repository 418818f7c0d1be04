from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import orjson
import pytest

from gateway.call import (
    AddText,
    AgentAudio,
    CallerStartedSpeaking,
    CancelResponse,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SessionFact,
    SessionFault,
    SessionLost,
    SessionReady,
    SubmitToolResult,
    Truncate,
)
from gateway.realtime.events.session import Transcription
from gateway.realtime.events.wire import AudioDeltaFrames, appended_audio
from gateway.realtime.orders import aside
from gateway.realtime.protocol import LivenessAnswer, Protocol, ProtocolPhase
from gateway.realtime.providers import LOCAL, OPENAI, Capabilities, Dialect, Provider
from gateway.realtime.settings import SessionSettings


class Talk:
    """A protocol and the two ends of its wire."""

    def __init__(self, provider: Provider = OPENAI, settings: SessionSettings | None = None) -> None:
        self.protocol = Protocol(provider, settings or SessionSettings())

    def came(self, kind: str, **fields: Any) -> list[SessionFact]:
        return list(self.protocol.received(orjson.dumps({"type": kind, **fields})))

    def error(self, code: str | None, message: str = "m", **fields: Any) -> list[SessionFact]:
        return self.came(
            "error", error={"type": "invalid_request_error", "code": code, "message": message, **fields}
        )

    def sent(self) -> list[dict[str, Any]]:
        events = [orjson.loads(frame) for frame in self.protocol.outgoing]
        self.protocol.outgoing.clear()
        return events

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.sent()]

    def ready(self) -> Talk:
        self.came("session.created", session={})
        assert self.came("session.updated", session={}) == [SessionReady()]
        self.sent()
        return self

    def responding(self, response: str = "r1") -> Talk:
        assert self.came("response.created", response={"id": response}) == [ResponseStarted(response)]
        return self

    def took(self, item: dict[str, Any]) -> None:
        assert self.came("conversation.item.added", item={"id": "x", **item}) == []

    def done(self, response: str = "r1", status: str = "completed", **more: Any) -> list[SessionFact]:
        return self.came("response.done", response={"id": response, "status": status, **more})


@pytest.mark.parametrize(
    ("detection", "server_idle_timeout"),
    [({"type": "server_vad", "idle_timeout_ms": 6000}, True), ({"type": "server_vad"}, False), (None, False)],
)
def test_a_server_that_speaks_up_by_itself_is_known(detection: object, server_idle_timeout: bool) -> None:
    """What it confirms counts, not what it was asked for."""
    talk = Talk()
    talk.came("session.created", session={})
    confirmed = {"audio": {"input": {"turn_detection": detection}}}
    assert talk.came("session.updated", session=confirmed) == [
        SessionReady(server_idle_timeout=server_idle_timeout)
    ]


def test_nothing_is_said_before_the_server_greets() -> None:
    """Created, our update, updated, ready: in this order."""
    talk = Talk()
    assert talk.kinds() == []
    assert talk.came("session.created", session={"id": "sess_1"}) == []
    assert talk.kinds() == ["session.update"]
    assert talk.came("session.updated", session={"expires_at": 7}) == [SessionReady()]
    assert talk.protocol.in_force is not None
    assert talk.protocol.in_force.expires_at == 7
    assert talk.came("session.updated", session={}) == []


def test_a_server_that_never_greets_is_configured_by_the_clock() -> None:
    """The update goes out once, whoever is first."""
    talk = Talk()
    talk.protocol.configure()
    assert talk.came("session.created", session={}) == []
    assert talk.kinds() == ["session.update"]


def test_early_orders_wait_for_the_session() -> None:
    """A greeting ordered before the session is ready is asked for when it is."""
    talk = Talk()
    talk.protocol.ordered(Respond("Greet."))
    talk.protocol.ordered(AddText("user", "x"))
    talk.came("session.created", session={})
    assert talk.kinds() == ["session.update"]
    talk.came("session.updated", session={})
    assert talk.kinds() == ["response.create", "conversation.item.create"]


def test_every_event_has_an_id_of_its_own() -> None:
    """Errors can be traced to what caused them."""
    talk = Talk().ready()
    talk.protocol.ordered(Truncate("i", 1))
    talk.protocol.ordered(Truncate("j", 1))
    ids = [event["event_id"] for event in talk.sent()]
    assert len(set(ids)) == 2


def test_a_response_is_asked_for_when_none_is_active() -> None:
    """There can be one at a time: a second request waits for the end of the first, once."""
    talk = Talk().ready().responding()
    talk.protocol.ordered(Respond("a"))
    talk.protocol.ordered(Respond("b"))
    assert talk.kinds() == []
    assert talk.done() == [ResponseEnded("r1", "completed")]
    assert [event["response"]["instructions"] for event in talk.sent()] == ["b"]
    talk.responding("r2")
    talk.done("r2")
    assert talk.kinds() == []


ALREADY = "conversation_already_has_active_response"


def test_a_request_refused_because_of_another_is_answered_by_that() -> None:
    """The server's own turn detection was faster than our request: to ask again would be two answers."""
    talk = Talk().ready()
    talk.protocol.ordered(Respond("a"))
    assert talk.kinds() == ["response.create"]
    assert talk.error(ALREADY) == [SessionFault(ALREADY, "m")]
    talk.responding()
    talk.done()
    assert talk.kinds() == []


@pytest.mark.parametrize("refused_first", [True, False])
def test_what_another_response_does_not_know_is_asked_for_after_it(refused_first: bool) -> None:
    """It began before the server had taken the function's result: the caller still waits for that."""
    talk = Talk().ready()
    talk.protocol.ordered(AddText("system", "Be brief."))
    talk.took({"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be brief."}]})
    talk.protocol.ordered(SubmitToolResult("c1", "5"))
    talk.protocol.ordered(Respond())
    talk.kinds()
    if refused_first:
        talk.error(ALREADY)
    assert talk.came("response.created", response={"id": "r1"}) == [ResponseStarted("r1", knows_all=False)]
    if not refused_first:
        talk.error(ALREADY)
    talk.took({"type": "function_call_output", "call_id": "c1", "output": "5"})
    talk.done()
    assert talk.kinds() == ["response.create"]
    talk.responding("r2")
    talk.done("r2")
    assert talk.kinds() == []


def test_a_held_request_is_answered_by_a_response_that_knows_it_all() -> None:
    """It waited for one response to end, and another began."""
    talk = Talk().ready().responding()
    talk.protocol.ordered(Respond())
    assert talk.came("response.created", response={"id": "r2"})[-1] == ResponseStarted("r2")
    talk.done("r2")
    assert talk.kinds() == []


def test_cancelling_takes_a_waiting_request_along() -> None:
    """Who is told to be silent does not go on speaking."""
    talk = Talk().ready().responding()
    talk.protocol.ordered(Respond())
    talk.protocol.ordered(CancelResponse("r1"))
    talk.done(status="cancelled")
    assert talk.kinds() == ["response.cancel"]


def test_an_aside_does_not_wait() -> None:
    """Out of band, a question runs beside what is being said."""
    talk = Talk().ready().responding()
    talk.protocol.send(aside("mood", "Is the caller angry?"))
    assert talk.kinds() == ["response.create"]


def test_more_than_was_received_cannot_have_been_heard() -> None:
    """A truncation is cut to the audio there is: the service refuses more."""
    talk = Talk().ready().responding()
    talk.protocol.received(AudioDeltaFrames("r1", "i1").frame("e", bytes(48 * 100)))
    talk.protocol.ordered(Truncate("i1", 185))
    talk.protocol.ordered(Truncate("i1", 40))
    talk.protocol.ordered(Truncate("nobody", 40))
    assert [event["audio_end_ms"] for event in talk.sent()] == [100, 40, 40]


def test_a_server_that_cannot_truncate_is_not_asked_to() -> None:
    """It would answer each interruption with an error."""
    provider = dataclasses.replace(LOCAL, capabilities=Capabilities(truncate=False))
    talk = Talk(provider).ready()
    talk.protocol.ordered(Truncate("i1", 40))
    assert talk.kinds() == []


@pytest.mark.parametrize("code", ["response_cancel_not_active", "unknown_parameter", "never_seen", None])
def test_an_error_is_a_fault_and_no_more(code: str | None) -> None:
    """The session stays open after an error."""
    talk = Talk().ready()
    assert talk.error(code, event_id="gw_9") == [SessionFault(code or "invalid_request_error", "m", "gw_9")]
    assert talk.protocol.phase is ProtocolPhase.READY


@pytest.mark.parametrize("code", ["invalid_api_key", "insufficient_quota", "model_not_found"])
def test_a_fatal_error_ends_the_session(code: str) -> None:
    """Whether it comes as an error, or as the reason of a failed response."""
    assert Talk().ready().error(code) == [SessionLost(code, "m", fatal=True)]
    details = {"error": {"type": code}}
    talk = Talk().ready().responding()
    ended, lost = talk.done(status="failed", status_details=details)
    assert ended == ResponseEnded("r1", "failed", code)
    assert isinstance(lost, SessionLost)
    assert (lost.code, lost.fatal) == (code, True)
    talk.protocol.ordered(Respond())
    assert talk.kinds() == []


def test_an_expired_session_is_lost_but_not_for_good() -> None:
    """Another one can be had."""
    assert Talk().ready().error("session_expired") == [SessionLost("session_expired", "m")]


@pytest.mark.parametrize("told", [{"event_id": True}, {"code": "item_retrieve_invalid_item_id"}])
def test_who_refuses_what_is_not_there_listens(told: dict[str, Any]) -> None:
    """The error is known by the id of what caused it, or by its code: it is news, and no fault."""
    talk = Talk().ready()
    talk.protocol.ask_for_nothing()
    (question,) = talk.sent()
    assert (question["type"], question["item_id"]) == ("conversation.item.retrieve", "nothing")
    event_id = question["event_id"] if "event_id" in told else None
    assert talk.error(told.get("code", "unknown_event"), event_id=event_id) == []
    assert talk.protocol.news == [LivenessAnswer()]


def test_a_question_that_is_answered_with_the_end_is_the_end() -> None:
    """What it was asked for does not matter then."""
    talk = Talk().ready()
    talk.protocol.ask_for_nothing()
    (question,) = talk.sent()
    expired = talk.error("session_expired", event_id=question["event_id"])
    assert expired == [SessionLost("session_expired", "m")]


def test_frames_of_responses_are_told_from_others() -> None:
    """Whatever they are, known or not; garbage is none."""
    talk = Talk().ready()
    place = {"response_id": "r", "item_id": "i"}
    for kind, more in (("response.created", {"response": {"id": "r"}}), ("response.of_tomorrow", {})):
        talk.came(kind, **more)
        assert talk.protocol.of_response
        talk.came("input_audio_buffer.speech_started", item_id="u")
        assert not talk.protocol.of_response
    talk.came("response.output_audio.delta", **place, delta="AAAA")
    assert talk.protocol.of_response
    talk.protocol.received(b"garbage")
    assert not talk.protocol.of_response


def test_a_stumbling_server_is_asked_once_more() -> None:
    """After a server error the response is asked for again, but only once."""
    talk = Talk().ready()
    talk.protocol.ordered(Respond())
    talk.sent()
    for expected in (["response.create"], []):
        assert talk.error("server_error") == [SessionFault("server_error", "m")]
        assert talk.kinds() == expected
    assert Talk().ready().error("server_error") == [SessionFault("server_error", "m")]


def test_a_refused_update_is_sent_again_without_what_was_refused() -> None:
    """A server that does not know noise reduction can still hold a call."""
    talk = Talk(settings=SessionSettings(noise_reduction="near_field", speed=1.2))
    talk.came("session.created", session={})
    assert "noise_reduction" in talk.sent()[0]["session"]["audio"]["input"]
    facts = talk.error("unknown_parameter", param="session.audio.input.noise_reduction")
    assert [type(fact) for fact in facts] == [SessionFault]
    (again,) = talk.sent()
    assert "noise_reduction" not in again["session"]["audio"]["input"]
    assert again["session"]["audio"]["output"]["speed"] == 1.2
    talk.error("unknown_parameter", param="session.audio.output.speed")
    (again,) = talk.sent()
    assert "speed" not in again["session"]["audio"]["output"]
    assert talk.came("session.updated", session={}) == [SessionReady()]


def test_a_voice_that_cannot_change_any_more_is_left_out() -> None:
    """The whole update would be dropped for it, instructions and tools included."""
    talk = Talk()
    talk.came("session.created", session={})
    assert talk.sent()[0]["session"]["audio"]["output"]["voice"] == "marin"
    talk.error("cannot_update_voice")
    assert "voice" not in talk.sent()[0]["session"]["audio"]["output"]
    assert [type(fact) for fact in talk.error("cannot_update_voice")] == [SessionFault, SessionLost]


def test_an_update_that_cannot_do_without_fails_at_once() -> None:
    """No call is held with the default instructions."""
    talk = Talk()
    talk.came("session.created", session={})
    fault, lost = talk.error("unknown_parameter", param="session.tools[0].x")
    assert fault == SessionFault("unknown_parameter", "session.tools[0].x: m")
    told = "session.update was refused: session.tools[0].x: m"
    assert lost == SessionLost("unknown_parameter", told, fatal=True)


def test_garbage_is_counted_and_told_now_and_then() -> None:
    """A server that sends rubbish a thousand times makes ten lines of it, and breaks nothing."""
    talk = Talk().ready()
    told = [fact for _ in range(1000) for fact in talk.protocol.received(b"\x00\x01")]
    assert len(told) == 10
    assert (
        told[0] == SessionFault("invalid_json", told[0].message)
        if isinstance(told[0], SessionFault)
        else False
    )
    assert talk.protocol.bad_frames == 1000
    bad = AudioDeltaFrames("r", "i").frame("e", b"abc").replace(b"YWJj", b"####")
    assert talk.protocol.received(bad) == ()
    assert talk.came("input_audio_buffer.speech_started", item_id="u") == [CallerStartedSpeaking("u", 0)]


def test_the_unknown_is_passed_over() -> None:
    """Events of tomorrow and of other vendors say nothing to us."""
    assert Talk().ready().came("ping", data=1) == []


def test_an_older_server_is_spoken_to_in_its_own_way() -> None:
    """Flat sessions and older names, both ways."""
    talk = Talk(dataclasses.replace(OPENAI, dialect=Dialect.BETA_FLAT))
    talk.came("session.created", session={"voice": "alloy", "modalities": ["text"]})
    (update,) = talk.sent()
    assert update["session"]["voice"] == "marin"
    assert update["session"]["input_audio_format"] == "pcm16"
    assert "audio" not in update["session"]
    talk.came("session.updated", session={"voice": "marin", "output_audio_format": "pcm16"})
    assert talk.protocol.in_force is not None
    assert talk.protocol.in_force.audio is not None
    talk.protocol.ordered(Respond("x"))
    assert talk.sent()[0]["response"] == {"instructions": "x", "modalities": ["text", "audio"]}


G711 = SessionSettings(wire="pcmu")
SPEECH = (np.random.default_rng(1).normal(0, 300, 2400)).astype(np.int16).tobytes()


def formats(hears: str, speaks: str) -> dict[str, Any]:
    return {"audio": {"input": {"format": {"type": hears}}, "output": {"format": {"type": speaks}}}}


def agreed(hears: str = "audio/pcmu", speaks: str = "audio/pcmu") -> tuple[Talk, list[SessionFact]]:
    talk = Talk(settings=G711)
    talk.came("session.created", session={})
    (update,) = talk.sent()
    assert update["session"]["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    assert update["session"]["audio"]["output"]["format"] == {"type": "audio/pcmu"}
    return talk, talk.came("session.updated", session=formats(hears, speaks))


def heard(talk: Talk, audio: bytes, item: str = "i1") -> list[SessionFact]:
    return list(talk.protocol.received(AudioDeltaFrames("r1", item).frame("e", audio)))


def test_g711_is_spoken_where_it_was_agreed_on() -> None:
    """A sixth of the bytes on the wire; PCM for the call."""
    talk, facts = agreed()
    assert facts == [SessionReady()]
    sent = appended_audio(talk.protocol.audio_frame(bytes(9600)))
    assert sent is not None
    assert len(sent) == 1600  # nothing is resampled, so nothing is held back
    talk.responding()
    (audio,) = heard(talk, bytes([0xFF]) * 800)
    assert audio == AgentAudio("r1", "i1", bytes(4800))
    assert talk.protocol.interpreter.received_ms("i1") == 100


def test_what_the_server_says_of_its_format_counts() -> None:
    """Asked for G.711 and given PCM in `session.updated`: it is told, and the call goes on in PCM."""
    talk, facts = agreed("audio/pcm", "audio/pcm")
    assert [type(fact) for fact in facts] == [SessionReady, SessionFault]
    assert appended_audio(talk.protocol.audio_frame(bytes(960))) == bytes(960)
    talk.responding()
    assert heard(talk, SPEECH) == [AgentAudio("r1", "i1", SPEECH)]


def test_what_the_server_sends_counts_more() -> None:
    """G.711 was confirmed and PCM comes: nobody hears it as noise."""
    talk, facts = agreed()
    assert facts == [SessionReady()]
    talk.responding()
    fault, audio = heard(talk, SPEECH)
    assert isinstance(fault, SessionFault)
    assert fault.code == "format_mismatch"
    assert audio == AgentAudio("r1", "i1", SPEECH)
    assert heard(talk, SPEECH) == [AgentAudio("r1", "i1", SPEECH)]


def test_what_the_server_bills_counts_too() -> None:
    """Six times the bytes that the billed speech has: from the next response on it is taken for PCM."""
    talk, _ = agreed()
    talk.responding()
    heard(talk, bytes([0xFF]) * 48_000)
    usage = {"output_token_details": {"audio_tokens": 20}, "output_tokens": 20}
    facts = talk.done(usage=usage)
    assert [fact.code for fact in facts if isinstance(fact, SessionFault)] == ["format_mismatch"]
    talk, _ = agreed()
    talk.responding()
    heard(talk, bytes([0xFF]) * 8_000)
    assert [type(fact) for fact in talk.done(usage=usage)][-1] is ResponseEnded


def test_a_provider_without_g711_is_not_asked_for_it() -> None:
    """Then it is PCM, as always."""
    provider = dataclasses.replace(LOCAL, capabilities=Capabilities(g711=False))
    talk = Talk(provider, G711)
    talk.came("session.created", session={})
    assert talk.sent()[0]["session"]["audio"]["output"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert talk.came("session.updated", session=formats("audio/pcm", "audio/pcm")) == [SessionReady()]


def rated(hears: int, speaks: int) -> dict[str, Any]:
    return {
        "audio": {
            "input": {"format": {"type": "audio/pcm", "rate": hears}},
            "output": {"format": {"type": "audio/pcm", "rate": speaks}},
        }
    }


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
@pytest.mark.parametrize("where", ["created", "updated"])
def test_another_rate_is_converted(rate: int, where: str) -> None:
    """Whether `session.updated` names it, or `session.created` and nothing afterwards: as long, both ways."""
    talk = Talk()
    talk.came("session.created", session=rated(rate, rate) if where == "created" else {})
    assert talk.sent()[0]["session"]["audio"]["input"]["format"]["rate"] == 24_000
    ready, fault = talk.came("session.updated", session=rated(rate, rate) if where == "updated" else {})
    assert ready == SessionReady()
    assert isinstance(fault, SessionFault)
    assert f"hears audio/pcm at {rate} Hz" in fault.message
    sent = appended_audio(talk.protocol.audio_frame(bytes(48_000)))
    assert sent is not None
    assert len(sent) == 2 * rate
    heard(talk, bytes(2 * rate))
    assert talk.protocol.interpreter.received_ms("i1") == 1000


def test_a_provider_of_another_rate_is_asked_for_it() -> None:
    """As gateway.yaml says, each way by itself; that is agreement and no fault."""
    able = dataclasses.replace(LOCAL.capabilities, input_rate=16_000)
    talk = Talk(dataclasses.replace(LOCAL, capabilities=able, dialect=Dialect.BETA_FLAT))
    talk.came("session.created", session={"input_audio_format": "pcm16", "output_audio_format": "pcm24"})
    facts = talk.came("session.updated", session={"input_audio_format": "pcm16", "voice": "x"})
    assert facts == [SessionReady()]
    sent = appended_audio(talk.protocol.audio_frame(bytes(4800)))
    assert sent is not None
    assert len(sent) == 3200


def test_a_refused_rate_leaves_the_server_its_own() -> None:
    """The update is sent again without formats, and what `session.created` had is in force."""
    talk = Talk()
    talk.came("session.created", session=rated(16_000, 16_000))
    talk.sent()
    for way in ("input", "output"):
        talk.came(
            "error",
            error={
                "type": "invalid_request_error",
                "code": "integer_above_max_value",
                "message": "no",
                "param": f"session.audio.{way}.format.rate",
            },
        )
        assert "format" not in talk.sent()[0]["session"]["audio"][way]
    ready, _ = talk.came("session.updated", session={})
    assert ready == SessionReady()
    sent = appended_audio(talk.protocol.audio_frame(bytes(48_000)))
    assert sent is not None
    assert len(sent) == 32_000


def test_a_format_that_nobody_speaks_ends_the_session() -> None:
    """For good, with the reason: noise at full volume helps nobody."""
    talk = Talk()
    talk.came("session.created", session={})
    (lost,) = talk.came("session.updated", session=formats("audio/pcm", "audio/opus"))
    assert isinstance(lost, SessionLost)
    assert (lost.code, lost.fatal) == ("unknown_format", True)
    assert "audio/opus" in lost.message


def test_a_refused_transcription_is_left_out() -> None:
    """First the part that was refused, then the whole: the call goes on without a text of the caller."""
    heard = Transcription(model="our-whisper", keywords=["Acme"])
    talk = Talk(settings=SessionSettings(transcription=heard))
    talk.came("session.created", session={})
    assert talk.sent()[0]["session"]["audio"]["input"]["transcription"]["keywords"] == ["Acme"]
    place = "session.audio.input.transcription"
    talk.error("unknown_parameter", param=f"{place}.keywords")
    assert talk.sent()[0]["session"]["audio"]["input"]["transcription"] == {"model": "our-whisper"}
    talk.error("invalid_value", param=f"{place}.model")
    assert "transcription" not in talk.sent()[0]["session"]["audio"]["input"]
    assert talk.came("session.updated", session={})[0] == SessionReady()


def test_a_rate_that_changes_in_the_session_is_followed() -> None:
    """The server says so itself, unasked: from then on the agent's sound is as long as it was made."""
    talk = Talk()
    talk.came("session.created", session={})
    assert talk.came("session.updated", session={}) == [SessionReady()]
    assert talk.came("session.updated", session={"instructions": "x"}) == []
    (changed,) = talk.came("session.updated", session=rated(24_000, 16_000))
    assert isinstance(changed, SessionFault)
    heard(talk, bytes(32_000))
    assert talk.protocol.interpreter.received_ms("i1") == 1000
    (lost,) = talk.came("session.updated", session=formats("audio/pcm", "audio/opus"))
    assert isinstance(lost, SessionLost)
