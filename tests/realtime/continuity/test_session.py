from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import numpy as np
import pytest

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CancelResponse,
    Commit,
    Instruct,
    KeepSilent,
    NotePlayback,
    Respond,
    ResponseEnded,
    ResponseOverdue,
    ResponseStarted,
    SessionFault,
    SessionInterrupted,
    SessionLost,
    SessionReady,
    SubmitToolResult,
    ToolCalled,
    Truncate,
)
from gateway.realtime.continuity.handover import NOTICE
from gateway.realtime.continuity.liveness import LivenessPolicy
from gateway.realtime.continuity.reconnect import ReconnectPolicy
from gateway.realtime.continuity.response_timeout import ResponseTimeouts
from gateway.realtime.continuity.rollover import RolloverPolicy
from gateway.realtime.continuity.route import Route
from gateway.realtime.continuity.session import LastingSession
from gateway.realtime.continuity.supervision import ContinuityPolicy, Supervision
from gateway.realtime.events.session import TurnDetection
from gateway.realtime.g711 import levels
from gateway.realtime.providers import LOCAL, Capabilities
from gateway.realtime.settings import TELEPHONE_TURNS, ConnectTimeouts, SessionSettings
from gateway.tasks import within as exactly
from tests.equipment import tone
from tests.equipment.patience import seconds, within
from tests.realtime.caller import Facts, running
from tests.realtime.wire_model import Json, Line, Model, model

FRAME = 20 * BYTES_PER_MS
DISTURBED = (SessionFault, SessionInterrupted, ResponseOverdue)
POLICY = ContinuityPolicy(
    connect=ConnectTimeouts(seconds(2), seconds(1), seconds(2), seconds(5), 0.2),
    reconnect=ReconnectPolicy(
        back_off=(0.0, 0.05, 0.1), limit_back_off=(0.05, 0.1), outage_patience=seconds(3)
    ),
    response=ResponseTimeouts(seconds(30), seconds(30), seconds(30), seconds(30)),
)
ALERT = dataclasses.replace(
    POLICY, response=ResponseTimeouts(answer=0.2, doubt=0.05, first_output=0.2, stall=0.2, again=0.2)
)


@pytest.fixture
async def server() -> AsyncIterator[Model]:
    async with model() as running_model:
        yield running_model


@pytest.fixture
async def other() -> AsyncIterator[Model]:
    async with model() as running_model:
        yield running_model


def route(server: Model, name: str = "local", **settings: Any) -> Route:
    # Without an end of its own: how long it lives is what a test says.
    capabilities = Capabilities(max_session_minutes=None)
    provider = dataclasses.replace(LOCAL, name=name, url=server.url, capabilities=capabilities)
    return Route(provider, SessionSettings(instructions="x", **settings))


def lasting(
    *routes: Route, policy: ContinuityPolicy = POLICY
) -> AbstractAsyncContextManager[tuple[LastingSession, Facts]]:
    return running(lambda facts: LastingSession(routes, facts, policy=policy, chance=lambda: 0.0))


def told(line: Line) -> list[str]:
    """Return the words that a session was told, in order."""
    created = [event["item"] for event in line.came if event["type"] == "conversation.item.create"]
    return [item["content"][0].get("text", "<audio>") for item in created if item["type"] == "message"]


def kinds(line: Line) -> list[str]:
    return [event["type"] for event in line.came if event["type"] != "input_audio_buffer.append"]


def sound(number: int) -> bytes:
    """Return 20 ms in one of the levels of mu-law, which are kept as they are."""
    return levels("pcmu")[number].tobytes() * (FRAME // 2)


async def said(line: Line, item: str, text: str) -> None:
    kind = "conversation.item.input_audio_transcription.completed"
    await line.send(kind, item_id=item, content_index=0, transcript=text)


async def test_a_whole_call_needs_one_session(server: Model) -> None:
    """As long as nothing happens it is a session like any other."""
    async with lasting(route(server)) as (session, facts):
        session.append(sound(1))
        line = await server.line()
        await facts.wait(SessionReady)
        session.execute(Respond("Greet."))
        assert (await line.got("response.create"))["response"]["instructions"] == "Greet."
        await line.says(bytes(4800))
        await facts.wait(ResponseEnded)
        session.append(sound(2))
        assert await line.heard(2 * FRAME) == sound(1) + sound(2)
        session.execute(Truncate("item_1", 50))
        assert (await line.got("conversation.item.truncate"))["audio_end_ms"] == 50
        assert session.dropped_ms == 0
    assert [type(fact) for fact in facts.told] == [
        SessionReady,
        ResponseStarted,
        AgentAudio,
        AgentAudioDone,
        type(facts.told[4]),
        ResponseEnded,
    ]
    assert len(server.lines) == 1


async def test_what_breaks_when_time_passes_ends_the_session(
    server: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug there is raised to whoever runs the session, as any other is."""

    def broken(*_given: object) -> object:
        raise ValueError("a bug")

    monkeypatch.setattr(Supervision, "tick", broken)
    soon = dataclasses.replace(POLICY, reconnect=ReconnectPolicy(first_patience=0.05))
    session = LastingSession((route(server),), lambda _fact: None, policy=soon)
    with pytest.RaisesGroup(ValueError, flatten_subgroups=True):
        async with within(5):
            await session.run()


async def test_it_says_whose_voice_is_heard(server: Model) -> None:
    """As the plan has it, else as the provider does: that of the route on the line."""
    named, other = route(server, model="m", voice="v"), route(server)
    assert LastingSession([named, other], lambda _fact: None).speaker == (server.url, "m", "v")
    assert LastingSession([other], lambda _fact: None).speaker == (server.url, LOCAL.model, str(LOCAL.voice))
    server.refusals = [(401, b"no")]
    async with lasting(named, other) as (session, facts):
        await facts.wait(SessionReady)
        assert session.speaker == (server.url, LOCAL.model, str(LOCAL.voice))


async def test_what_is_heard_without_a_session_is_remembered(server: Model) -> None:
    """By the session on the line, or, where there is none yet, by the first."""
    async with lasting(route(server)) as (session, facts):
        session.recall("early", "Hello.", bytes(4800))
        await facts.wait(SessionReady)
        session.recall("late", "Goodbye.", bytes(4800))
        line = await server.line()
        await line.got("conversation.item.create", 2)
        assert told(line) == ["Hello.", "Goodbye."]


async def test_a_turn_committed_during_an_outage_is_the_next_sessions(server: Model) -> None:
    """First what was said meanwhile, then the turn's end, then the question."""
    async with lasting(route(server, turn_detection=None)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        line.cut()
        await facts.wait(SessionInterrupted)
        session.append(sound(1))
        session.execute(Commit())
        session.execute(Respond())
        following = await server.line(2)
        await following.got("response.create")
        came = [event["type"] for event in following.came]
    assert came[-3:] == ["input_audio_buffer.append", "input_audio_buffer.commit", "response.create"]


async def test_a_turn_of_ours_cut_off_is_heard_and_answered_by_the_next_session(server: Model) -> None:
    """What was sent of it and what is still to come, as one turn; the question is asked once."""
    async with lasting(route(server, turn_detection=None)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        session.append(sound(1))
        await line.heard(FRAME)
        line.cut()
        await facts.wait(SessionReady, 2)
        session.append(sound(2))
        session.execute(Commit())
        session.execute(Respond())
        following = await server.line(2)
        await following.got("response.create")
        assert following.audio() == sound(1) + sound(2)
        await following.says(bytes(960))
        await facts.wait(ResponseEnded)
    assert kinds(following)[1:] == [
        "conversation.item.create",
        "input_audio_buffer.commit",
        "response.create",
    ]
    assert told(following) == [NOTICE]


async def test_a_turn_of_ours_that_was_not_answered_is_told_to_the_next_session(server: Model) -> None:
    """Committed and asked for in a session that was lost before it answered."""
    async with lasting(route(server, turn_detection=None)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        session.append(sound(1))
        session.execute(Commit())
        session.execute(Respond())
        await line.got("response.create")
        line.cut()
        following = await server.line(2)
        await following.got("response.create")
        await following.says(bytes(960))
        await facts.wait(ResponseEnded)
    assert told(following) == ["<audio>", NOTICE]
    assert following.audio() == b""
    assert kinds(following).count("response.create") == 1


async def test_after_a_loss_the_next_session_knows_what_was_said(server: Model) -> None:
    """History as text, then a notice; no answer is asked for, as none is due."""
    async with lasting(route(server)) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=0)
        await line.send("input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=10)
        await line.says(bytes(4800))
        await said(line, "u1", "Who is there?")
        await facts.wait(CallerSaid)
        line.cut()
        await facts.wait(SessionReady, 2)
        following = await server.line(2)
        await following.got("conversation.item.create", 3)
        assert told(following) == ["Who is there?", "Hello.", NOTICE]
        assert "response.create" not in kinds(following)
    assert len(facts.of(SessionInterrupted)) == 1
    assert facts.of(SessionLost) == []


async def test_a_response_cut_off_is_ended_and_gone_on_with(server: Model) -> None:
    """The call is not left waiting; the next session is told what was said so far and goes on."""
    async with lasting(route(server)) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("response.created", response={"id": "r1"})
        place = {"response_id": "r1", "item_id": "a1", "output_index": 0, "content_index": 0}
        await line.send("response.output_audio_transcript.delta", **place, delta="We are open from ")
        await line.send("response.output_audio.delta", **place, delta="AAAA" * 24_000)  # 1.5 s
        await facts.wait(AgentAudio)
        line.cut()
        following = await server.line(2)
        await following.got("response.create")
        assert told(following) == ["We are open from ", NOTICE]
        assert facts.of(AgentAudioDone) == [AgentAudioDone("r1", "a1")]
        assert [ended.status for ended in facts.of(ResponseEnded)] == ["cancelled"]


async def test_a_greeting_that_was_never_spoken_is_spoken_by_the_next_session(server: Model) -> None:
    """In the same words; orders given before the session is ready are kept."""
    async with lasting(route(server)) as (session, facts):
        session.execute(AddText("user", "early"))
        session.execute(Respond("Greet."))
        line = await server.line()
        await line.got("response.create")
        assert told(line) == ["early"]
        await line.send("response.created", response={"id": "r1"})
        await facts.wait(ResponseStarted)
        line.cut()
        following = await server.line(2)
        assert (await following.got("response.create"))["response"]["instructions"] == "Greet."


async def test_other_instructions_hold_from_now_on(server: Model) -> None:
    """The session that is being opened, or is there, is told; each that follows begins with them."""
    async with lasting(route(server)) as (session, facts):
        session.execute(Instruct("y"))
        line = await server.line()
        await facts.wait(SessionReady)
        session.execute(Instruct("z"))
        await line.got("session.update", 2)
        line.cut()
        following = await server.line(2)
        await following.got("session.update")
    updates = [event["session"]["instructions"] for event in line.came if event["type"] == "session.update"]
    assert updates == ["y", "z"]
    (update,) = [event for event in following.came if event["type"] == "session.update"]
    assert update["session"]["instructions"] == "z"


async def test_who_is_to_listen_listens_in_the_next_session_too(server: Model) -> None:
    """And answers again when it may; a turn meanwhile is waited for by nobody."""
    async with lasting(route(server, turn_detection=TELEPHONE_TURNS)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        session.execute(KeepSilent(on=True))
        await line.got("session.update", 2)
        line.cut()
        following = await server.line(2)
        await following.got("session.update")
        session.execute(KeepSilent(on=False))
        await following.got("session.update", 2)

    def answers(model: Line) -> list[bool]:
        updates = [event["session"] for event in model.came if event["type"] == "session.update"]
        return [one["audio"]["input"]["turn_detection"]["create_response"] for one in updates]

    assert answers(line) == [True, False]
    assert answers(following) == [False, True]
    changed = [event["session"] for event in following.came if event["type"] == "session.update"][-1]
    assert changed.keys() == {"type", "audio"}


async def test_a_turn_without_an_answer_is_answered_by_the_next_session(server: Model) -> None:
    """Its transcript had not come: the turn is told as audio."""
    async with lasting(route(server)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        for _ in range(50):
            session.append(sound(7))
        await line.heard(50 * FRAME)
        await line.send("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=500)
        await line.send("input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=900)
        await facts.wait(CallerStoppedSpeaking)
        line.cut()
        following = await server.line(2)
        await following.got("response.create")
        assert told(following) == ["<audio>", NOTICE]
        (item,) = [e["item"] for e in following.came if e.get("item", {}).get("role") == "user"]
        assert len(item["content"][0]["audio"]) == 400 * BYTES_PER_MS * 4 // 3


async def test_a_caller_cut_off_is_heard_from_the_beginning_of_his_words(server: Model) -> None:
    """The open turn and what was said in the gap go to the next session, in order, before anything else."""
    async with lasting(route(server)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        session.append(sound(1))
        session.append(sound(2))
        await line.heard(2 * FRAME)
        await line.send("response.created", response={"id": "r1"})
        await line.send("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=20)
        await facts.wait(CallerStartedSpeaking)
        session.append(sound(3))
        await line.heard(3 * FRAME)
        server.refusals = [(503, b"")]
        line.cut()
        await facts.wait(CallerStoppedSpeaking)
        session.append(sound(4))
        following = await server.line(2)
        session.append(sound(5))
        heard = await following.heard(4 * FRAME)
        assert heard == b"".join(map(sound, (2, 3, 4, 5)))
        assert "response.create" not in kinds(following)
        # Positions are counted from what the new session hears first.
        await following.send("input_audio_buffer.speech_started", item_id="u2", audio_start_ms=0)
        await facts.wait(CallerStartedSpeaking, 2)
        following.cut()
        assert await (await server.line(3)).heard(4 * FRAME) == heard


@pytest.mark.parametrize(
    ("kind", "silence_ms", "ago_ms"), [("server_vad", 300, 420), ("semantic_vad", None, 120)]
)
async def test_the_end_of_a_turn_is_dated_back_to_the_last_word(
    server: Model, kind: str, silence_ms: int | None, ago_ms: int
) -> None:
    """By what was sent since, and by the silence that the server counts to the turn."""
    detection = TurnDetection(type=kind, silence_duration_ms=silence_ms)
    async with lasting(route(server, turn_detection=detection)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        for _ in range(50):
            session.append(sound(1))
        await line.send("input_audio_buffer.speech_started", item_id="u", audio_start_ms=100)
        await line.send("input_audio_buffer.speech_stopped", item_id="u", audio_end_ms=880)
        assert (await facts.wait(CallerStoppedSpeaking)).ago_ms == ago_ms


async def test_what_a_dead_line_was_told_is_said_again(server: Model) -> None:
    """A question asked after the session's last sign of life, of which it never said that it heard it."""
    detection = TurnDetection(type="server_vad")
    async with lasting(route(server, turn_detection=detection)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        session.append(sound(1))
        await line.says(bytes(4800))
        await facts.wait(ResponseEnded)
        session.append(sound(2))
        await line.heard(2 * FRAME)
        line.cut()
        following = await server.line(2)
        await facts.wait(SessionReady, 2)
        session.append(sound(3))
        assert await following.heard(2 * FRAME) == sound(2) + sound(3)
        assert "response.create" not in kinds(following)


async def test_orders_in_the_gap_are_part_of_what_is_told(server: Model) -> None:
    """A tool's result, a key pressed, what was heard of the last words, a question."""
    server.refusals = []
    async with lasting(route(server)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.says(bytes(1000 * BYTES_PER_MS))
        await line.send(
            "response.function_call_arguments.done",
            response_id="resp_1",
            item_id="f",
            call_id="c1",
            name="f",
            arguments="{}",
        )
        await facts.wait(ToolCalled)
        server.refusals = [(503, b""), (503, b"")]
        line.cut()
        await facts.wait(SessionInterrupted)
        session.execute(SubmitToolResult("c1", "42"))
        session.execute(AddText("user", "[5]"))
        session.execute(Truncate("item_1", 0))
        session.execute(Respond())
        following = await server.line(2)
        await following.got("response.create")
        items = [event["item"] for event in following.came if event["type"] == "conversation.item.create"]
        assert [item["type"] for item in items] == [
            "function_call",
            "function_call_output",
            "message",
            "message",
        ]
        assert told(following) == ["[5]", NOTICE]


async def test_what_is_not_wanted_any_more_is_not_asked_for(server: Model) -> None:
    """A question cancelled in the gap."""
    async with lasting(route(server)) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        server.refusals = [(503, b"")]
        line.cut()
        await facts.wait(SessionInterrupted)
        session.execute(Respond())
        session.execute(CancelResponse("r1"))
        await facts.wait(SessionReady, 2)
        following = await server.line(2)
        await following.got("conversation.item.create")
        session.execute(AddText("user", "mark"))
        await following.got("conversation.item.create", 2)
        assert "response.create" not in kinds(following)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(lambda line: line.cut(), id="cut"),
        pytest.param(lambda line: line.socket.close(1001, "going away"), id="1001"),
        pytest.param(lambda line: line.socket.close(1011, "upstream"), id="1011"),
        pytest.param(lambda line: line.socket.close(4000, "x.session_expired"), id="4000"),
        pytest.param(
            lambda line: line.send("error", error={"code": "session_expired", "message": "60 minutes"}),
            id="expired",
        ),
        pytest.param(lambda line: line.raw(b" " * (17 << 20)), id="frame of 17 MB"),
    ],
)
async def test_whatever_ends_a_session_the_call_goes_on(server: Model, how: Any) -> None:
    """Every way in which a connection ends without being fatal."""
    async with lasting(route(server)) as (_, facts):
        await facts.wait(SessionReady)
        done = how(await server.line())
        if done is not None:
            await asyncio.gather(done, return_exceptions=True)
        await facts.wait(SessionReady, 2)
    assert facts.of(SessionLost) == []


@pytest.mark.parametrize("code", ["insufficient_quota", "invalid_api_key", "billing_hard_limit_reached"])
async def test_a_fatal_code_ends_it_without_a_reconnect(server: Model, code: str) -> None:
    """The call ends politely: exactly one loss, the last fact, and nobody knocks again."""
    async with lasting(route(server)) as (_, facts):
        await facts.wait(SessionReady)
        await (await server.line()).send("error", error={"type": code, "message": "no"})
        lost = await facts.wait(SessionLost)
    assert (lost.code, lost.fatal) == (code, True)
    assert facts.told[-1] is lost
    assert len(server.requests) == 1


async def test_a_fatal_failure_of_a_response_ends_it_too(server: Model) -> None:
    """Quota failures come in no other way. The call hears of the response's end first."""
    async with lasting(route(server)) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        details = {"type": "failed", "error": {"code": "insufficient_quota"}}
        await line.send("response.created", response={"id": "r1"})
        await line.send("response.done", response={"id": "r1", "status": "failed", "status_details": details})
        lost = await facts.wait(SessionLost)
    assert (lost.code, lost.fatal) == ("insufficient_quota", True)
    assert [ended.status for ended in facts.of(ResponseEnded)] == ["failed"]


async def test_the_next_provider_of_the_plan_stands_in(server: Model, other: Model) -> None:
    """At the beginning, and in the middle of a call with all that was said."""
    server.refusals = [(401, b"")]
    async with lasting(route(server), route(other, "second")) as (session, facts):
        await facts.wait(SessionReady)
        assert len(server.lines) == 0
        assert (await other.line()) is not None
    server.refusals = []
    async with lasting(route(server), route(other, "second")) as (session, facts):
        await facts.wait(SessionReady)
        session.execute(AddText("user", "remember"))
        line = await server.line()
        await line.send("error", error={"code": "insufficient_quota", "message": "empty"})
        await facts.wait(SessionReady, 2)
        following = await other.line(2)
        await following.got("conversation.item.create", 2)
        assert told(following) == ["remember", NOTICE]


async def test_nobody_there_is_told_in_time(server: Model) -> None:
    """After all attempts one loss, not fatal: later it may work."""
    server.refusals = [(503, b"")] * 50
    policy = dataclasses.replace(
        POLICY, reconnect=ReconnectPolicy(back_off=(0.0, 0.05), first_patience=seconds(0.5))
    )
    async with lasting(route(server), policy=policy) as (_, facts):
        lost = await facts.wait(SessionLost)
    assert (lost.code, lost.fatal) == ("http_503", False)
    assert 2 <= len(server.requests) <= 7


async def test_a_server_that_takes_calls_and_drops_them_is_given_up(server: Model) -> None:
    """A reconnect that never comes to a successful response is not repeated for ever."""

    async def drop(line: Line, event: Json) -> None:
        if event["type"] == "conversation.item.create":
            line.cut()

    server.meanwhile = drop
    async with lasting(route(server)) as (session, facts):
        await facts.wait(SessionReady)
        session.execute(AddText("user", "hi"))
        lost = await facts.wait(SessionLost)
    assert lost.code == "connection_lost"
    assert len(server.lines) == 1 + ReconnectPolicy().most_losses


async def test_a_limited_response_is_asked_for_again_without_the_calls_knowing(server: Model) -> None:
    """Rate limits pass: the answer comes a little later."""
    asked = 0

    async def answer(line: Line, event: Json) -> None:
        nonlocal asked
        if event["type"] == "response.create":
            asked += 1
            if asked < 3:
                error = {"error": {"code": "rate_limit_exceeded"}}
                response = {"id": f"r{asked}", "status": "failed", "status_details": error}
                await line.send("response.created", response={"id": f"r{asked}"})
                await line.send("response.done", response=response)
            else:
                await line.says(bytes(960))

    server.meanwhile = answer
    async with lasting(route(server)) as (session, facts):
        await facts.wait(SessionReady)
        session.execute(Respond("Greet."))
        await facts.wait(AgentAudio)
        await facts.wait(ResponseEnded, 3)
    assert [ended.status for ended in facts.of(ResponseEnded)] == ["failed", "failed", "completed"]
    created = [e for e in server.lines[0].came if e["type"] == "response.create"]
    assert [event["response"].get("instructions") for event in created] == ["Greet."] * 3
    assert len(server.lines) == 1


async def test_a_question_refused_outright_is_asked_again_later(server: Model) -> None:
    """The limit shows as an error, without a response."""

    async def answer(line: Line, event: Json) -> None:
        if event["type"] == "response.create":
            if len([e for e in line.came if e["type"] == "response.create"]) < 3:
                await line.send("error", error={"code": "rate_limit_exceeded", "message": "slow down"})
            else:
                await line.says(bytes(960))

    server.meanwhile = answer
    async with lasting(route(server)) as (session, facts):
        await facts.wait(SessionReady)
        session.execute(Respond("Greet."))
        await facts.wait(AgentAudio)
    assert len(server.lines) == 1


async def test_a_server_that_keeps_failing_is_left(server: Model) -> None:
    """Once more on this session, then on another."""

    async def fail(line: Line, event: Json) -> None:
        if event["type"] == "response.create":
            if len(server.lines) > 1:
                await line.says(bytes(960), response="good")
                return
            error = {"error": {"code": "server_error"}}
            number = len([e for e in line.came if e["type"] == "response.create"])
            await line.send("response.created", response={"id": f"r{number}"})
            response = {"id": f"r{number}", "status": "failed", "status_details": error}
            await line.send("response.done", response=response)

    server.meanwhile = fail
    async with lasting(route(server)) as (session, facts):
        await facts.wait(SessionReady)
        session.execute(Respond())
        await facts.wait(AgentAudio)
    assert len([e for e in server.lines[0].came if e["type"] == "response.create"]) == 2
    assert len(server.lines) == 2


async def test_a_swallowed_question_is_asked_again_then_elsewhere(server: Model) -> None:
    """A server that does not answer, and says nothing about it."""
    async with lasting(route(server), policy=ALERT) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        session.execute(Respond("Greet."))
        await line.got("response.create", 2)
        following = await server.line(2)
        assert (await following.got("response.create"))["response"]["instructions"] == "Greet."
        async with within(5):
            await line.over.wait()
        await following.says(bytes(960))
        await facts.wait(ResponseEnded)
    assert len(server.lines) == 2
    assert facts.of(DISTURBED) == [
        ResponseOverdue(asked_again=True),
        SessionInterrupted("no_answer", "the session does not answer"),
    ]


async def test_a_server_without_a_sign_of_life_is_not_asked_twice(server: Model) -> None:
    """It takes the question and reads nothing more, not even a ping: another one answers."""
    alertness = ResponseTimeouts(answer=seconds(30), doubt=0.1, pulse=0.3)
    async with lasting(route(server), policy=dataclasses.replace(POLICY, response=alertness)) as (
        session,
        facts,
    ):
        line = await server.line()
        await facts.wait(SessionReady)
        line.socket.transport.pause_reading()
        session.execute(Respond("Greet."))
        following = await server.line(2)
        assert (await following.got("response.create"))["response"]["instructions"] == "Greet."
    (interrupted,) = facts.of(DISTURBED)
    assert interrupted.code == "no_sign_of_life"


async def test_a_server_that_answers_pings_is_given_its_time(server: Model) -> None:
    """It thinks before it says that it begins to answer."""
    alertness = ResponseTimeouts(answer=seconds(30), doubt=0.05, pulse=0.2)
    async with lasting(route(server), policy=dataclasses.replace(POLICY, response=alertness)) as (
        session,
        facts,
    ):
        line = await server.line()
        await facts.wait(SessionReady)
        session.execute(Respond())
        assert not await _comes(server, 2, 0.6)
        await line.says(bytes(960))
        await facts.wait(ResponseEnded)
    assert facts.of(DISTURBED) == []


async def test_a_stalled_response_is_gone_on_with_elsewhere(server: Model) -> None:
    """The server begins to answer and stops."""
    async with lasting(route(server), policy=ALERT) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("response.created", response={"id": "r1"})
        place = {"response_id": "r1", "item_id": "a1", "output_index": 0, "content_index": 0}
        await line.send("response.output_audio.delta", **place, delta="AAAA")
        following = await server.line(2)
        await following.got("response.create")
    assert facts.of(ResponseEnded)[0].error == "stalled"


async def test_the_caller_is_told_of_an_answer_that_has_begun_and_does_not_come(server: Model) -> None:
    """In the call's own words; the model has its time."""
    alertness = ResponseTimeouts(seconds(30), excuse=0.1, first_output=seconds(30))
    async with lasting(route(server), policy=dataclasses.replace(POLICY, response=alertness)) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("response.created", response={"id": "r1"})
        assert not (await facts.wait(ResponseOverdue)).asked_again
        place = {"response_id": "r1", "item_id": "a1", "output_index": 0, "content_index": 0}
        await line.send("response.output_audio.delta", **place, delta="AAAA")
        await facts.wait(AgentAudio)
    assert len(facts.of(DISTURBED)) == len(server.lines) == 1


async def test_a_caller_who_says_it_again_does_not_wait_anew(server: Model) -> None:
    """The server gives up the response of which nothing has come, and begins another that is no better."""
    alertness = ResponseTimeouts(seconds(30), seconds(30), first_output=1.5)
    async with lasting(route(server), policy=dataclasses.replace(POLICY, response=alertness)) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("response.created", response={"id": "r1"})
        await asyncio.sleep(1.2)
        await line.send("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=0)
        await line.send("response.done", response={"id": "r1", "status": "cancelled", "output": []})
        await line.send("input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=10)
        await line.send("response.created", response={"id": "r2"})
        began = time.monotonic()
        await (await server.line(2)).got("response.create")
        assert time.monotonic() - began < 1.0
    assert [ended.error for ended in facts.of(ResponseEnded)] == ["", "stalled"]


DEAF = dataclasses.replace(POLICY, liveness=LivenessPolicy(silence=0.2, look=0.05, answer=0.2))
WORD = tone.sine(440, 400, rate=24_000).tobytes() + bytes(1200 * BYTES_PER_MS)
"""What a caller says, and the pause after it."""


async def test_what_a_deaf_session_was_told_is_said_to_the_next(server: Model) -> None:
    """From one moment on it says nothing, not even that the caller spoke: the next one hears his words."""
    server.listens = True
    async with lasting(route(server), policy=DEAF) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        session.append(WORD)
        await line.asked(1)
        await asyncio.sleep(seconds(0.2))  # its answer says that it has heard all that was said before
        server.listens = False
        session.append(WORD)
        await line.asked(2)
        following = await server.line(2)
        heard = np.frombuffer(await following.heard(len(WORD)), np.int16).astype(float)
        said = np.frombuffer(WORD, np.int16).astype(float)
        assert np.square(heard - said).mean() < 1e-3 * np.square(said).mean()  # as over a telephone line
        assert "response.create" not in kinds(following)
    (interrupted,) = facts.of(DISTURBED)
    assert interrupted.code == "no_sign_of_life"


async def test_a_caller_who_is_cut_off_by_a_deaf_session_is_heard_from_his_first_word(server: Model) -> None:
    """The session said that he speaks, and then nothing."""
    server.listens = True
    async with lasting(route(server), policy=DEAF) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        session.append(sound(1))
        session.append(sound(2))
        await line.heard(2 * FRAME)
        await line.send("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=20)
        await facts.wait(CallerStartedSpeaking)
        await line.asked(1)
        server.listens = False
        session.append(sound(3))
        following = await server.line(2)
        assert await following.heard(2 * FRAME) == sound(2) + sound(3)
    assert facts.of(CallerStoppedSpeaking) == [CallerStoppedSpeaking("u1")]


@pytest.mark.parametrize(
    "heard",
    [
        bytes(3000 * BYTES_PER_MS),
        np.random.default_rng(1).normal(0, 700, 72_000).astype("<i2").tobytes(),
        tone.sine(440, 60, rate=24_000).tobytes() + bytes(2940 * BYTES_PER_MS),
        bytes(1000 * BYTES_PER_MS) + tone.sine(440, 2000, rate=24_000).tobytes(),
    ],
    ids=["silence", "a noisy line", "a click", "still speaking"],
)
async def test_a_session_of_which_nothing_is_due_is_asked_nothing(server: Model, heard: bytes) -> None:
    """A question is an error in its provider's log: none while the caller waits for nothing."""
    server.listens = True
    async with lasting(route(server), policy=DEAF) as (session, facts):
        await facts.wait(SessionReady)
        session.append(heard)
        assert not await _comes(server, 2, 0.8)
        assert (await server.line()).questions == []
    assert facts.of(DISTURBED) == []


async def test_a_server_that_never_answers_such_a_question_costs_one_session(server: Model) -> None:
    """It was asked once, and nothing is asked of the next."""
    async with lasting(route(server), policy=DEAF) as (session, facts):
        await facts.wait(SessionReady)
        session.append(WORD)
        following = await server.line(2)
        await facts.wait(SessionReady, 2)
        session.append(WORD)
        assert not await _comes(server, 3, 0.8)
        assert (len((await server.line()).questions), len(following.questions)) == (1, 0)
    assert len(facts.of(DISTURBED)) == 1


async def test_a_provider_that_does_not_know_the_question_is_not_asked(server: Model) -> None:
    """Nor given up for it."""
    unable = dataclasses.replace(LOCAL.capabilities, retrieve=False)
    provider = dataclasses.replace(LOCAL, url=server.url, capabilities=unable)
    async with lasting(Route(provider, SessionSettings()), policy=DEAF) as (session, facts):
        await facts.wait(SessionReady)
        session.append(WORD)
        assert not await _comes(server, 2, 0.8)
        assert (await server.line()).questions == []


async def test_a_slow_connection_is_not_taken_for_silence(server: Model) -> None:
    """A question asked in the gap is not overdue before there is a session to ask."""
    server.configures = False
    async with lasting(route(server), policy=ALERT) as (session, _):
        line = await server.line()
        session.execute(Respond())
        await line.got("session.update")
        assert not await _comes(server, 2, 0.5)
        await line.send("session.updated", session={})
        await line.got("response.create")


async def _comes(server: Model, number: int, patience: float) -> bool:
    try:
        async with exactly(patience):
            await server.line(number)
    except TimeoutError:
        return False
    return True


async def test_a_session_is_replaced_before_it_expires(server: Model) -> None:
    """The successor is opened beside it, given the history, and the line in a quiet moment: no gap."""
    server.session["expires_at"] = int(time.time()) + 4
    policy = dataclasses.replace(POLICY, rollover=RolloverPolicy(share=0.9, quiet=0.2))
    async with lasting(route(server), policy=policy) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.says(bytes(960))
        session.append(sound(1))
        await line.heard(FRAME)
        server.session["expires_at"] = int(time.time()) + 3600
        following = await server.line(2)
        await following.got("conversation.item.create")
        assert told(following) == ["Hello."]
        # Some of the caller's last audio: he may just have begun to speak.
        assert await following.heard(FRAME) == sound(1)
        session.append(sound(2))
        assert await following.heard(2 * FRAME) == sound(1) + sound(2)
        async with within(5):
            await line.over.wait()
        assert line.socket.close_code == 1000
        await following.says(bytes(960), response="r2", item="i2")
        await facts.wait(ResponseEnded, 2)
    assert facts.of(DISTURBED) == []
    assert len(facts.of(SessionReady)) == 1


async def test_a_session_is_not_replaced_while_its_answer_is_heard(server: Model) -> None:
    """The answer came in a moment; how long the caller hears it, only the line knows."""
    server.session["expires_at"] = int(time.time()) + 60
    policy = dataclasses.replace(POLICY, rollover=RolloverPolicy(share=1.0, quiet=0.1))
    async with lasting(route(server), policy=policy) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        session.execute(NotePlayback(playing=True))
        await line.says(bytes(960))
        server.session["expires_at"] = int(time.time()) + 3600
        following = await server.line(2)
        await following.got("session.update")
        await _settled(following)
        assert not await _told_within(following, 0.5)
        session.execute(NotePlayback(playing=False))
        assert await _told_within(following, 5)
        assert told(following) == ["Hello."]


async def _told_within(line: Line, seconds: float) -> bool:
    """Return whether a session is told the history, as one is that takes the line."""
    try:
        async with exactly(seconds):
            await line.got("conversation.item.create")
    except TimeoutError:
        return False
    return True


async def test_a_session_that_expires_in_mid_sentence_is_replaced_all_the_same(server: Model) -> None:
    """In a hurry: what was being said is ended, and gone on with."""
    server.session["expires_at"] = int(time.time()) + 3
    policy = dataclasses.replace(POLICY, rollover=RolloverPolicy(share=0.9, hurry=1.5))
    async with lasting(route(server), policy=policy) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("response.created", response={"id": "r1"})
        await facts.wait(ResponseStarted)
        server.session["expires_at"] = int(time.time()) + 3600
        following = await server.line(2)
        await following.got("response.create")
        assert told(following) == [NOTICE]
    assert [ended.error for ended in facts.of(ResponseEnded)] == ["session_replaced"]


async def test_a_successor_that_is_ready_takes_over_from_a_lost_session(server: Model) -> None:
    """No connecting then: the line is back at once."""
    server.session["expires_at"] = int(time.time()) + 60
    policy = dataclasses.replace(POLICY, rollover=RolloverPolicy(share=1.0, quiet=60.0))
    async with lasting(route(server), policy=policy) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        server.session["expires_at"] = int(time.time()) + 3600
        following = await server.line(2)
        await following.got("session.update")
        await _settled(following)
        line.cut()
        await following.got("conversation.item.create")
        assert told(following) == [NOTICE]
    assert len(server.lines) == 2


async def _settled(line: Line) -> None:
    """Wait until the client has answered a ping: it has read all that was sent before."""
    async with within(5):
        await (await line.socket.ping())


async def test_a_successor_that_cannot_be_had_is_tried_again(server: Model) -> None:
    """The session on the line is not disturbed by it; a loss of both is a loss like any other."""
    server.session["expires_at"] = int(time.time()) + 60
    policy = dataclasses.replace(POLICY, rollover=RolloverPolicy(share=1.0, quiet=60.0, retry=0.05))
    async with lasting(route(server), policy=policy) as (_, facts):
        await facts.wait(SessionReady)
        server.refusals = [(503, b"")] * 2
        following = await server.line(2)
        server.configures = False
        following.cut()
        third = await server.line(3)
        await third.got("session.update")
        server.configures = True
        (await server.line()).cut()
        await facts.wait(SessionReady, 2)
    assert len(facts.of(SessionInterrupted)) == 1


async def test_a_call_that_is_over_is_not_kept(server: Model) -> None:
    """Its audio would wait for the collector."""
    async with lasting(route(server)) as (session, facts):
        await facts.wait(SessionReady)
        session.append(bytes(FRAME))
        assert session._handover.unanswered_audio.last(20)
    assert not session._handover.unanswered_audio.last(20)


async def test_leaving_in_an_outage(server: Model) -> None:
    """A caller who hangs up while the session is away leaves nothing behind, and nothing is told."""
    async with lasting(route(server)) as (session, facts):
        await facts.wait(SessionReady)
        server.refusals = [(503, b"")] * 50
        (await server.line()).cut()
        await facts.wait(SessionInterrupted)
    assert facts.of(SessionLost) == []
    await session.close()


async def test_leaving_before_it_began(server: Model) -> None:
    """Closed first, it does not run."""
    facts = Facts()
    session = LastingSession([route(server)], facts)
    await session.close()
    await session.run()
    assert (server.requests, facts.told) == ([], [])


async def test_caller_audio_of_a_long_gap_is_dropped_and_counted(server: Model) -> None:
    """Bounded: the oldest goes first."""
    server.refusals = [(503, b"")] * 50
    async with lasting(route(server)) as (session, _):
        for _ in range(600):
            session.append(bytes(FRAME))
        assert session.dropped_ms == 2000


async def test_a_bug_of_the_listener_is_loud(server: Model) -> None:
    """What breaks behind `on_fact` ends the session and is raised."""

    def broken(_fact: object) -> None:
        raise ZeroDivisionError

    session = LastingSession([route(server)], broken)
    with pytest.raises(ExceptionGroup) as caught:
        await session.run()
    assert caught.group_contains(ZeroDivisionError)


async def test_a_server_that_leaves_answering_to_us_owes_none(server: Model) -> None:
    """Without automatic answers the end of a turn is nobody's question."""
    manual = TurnDetection(type="server_vad", create_response=False)
    async with lasting(route(server, turn_detection=manual), policy=ALERT) as (session, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("input_audio_buffer.speech_started", item_id="u1")
        await line.send("input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=10)
        await facts.wait(CallerStoppedSpeaking)
        line.cut()
        following = await server.line(2)
        await following.got("conversation.item.create")
        session.execute(AddText("user", "mark"))
        await following.got("conversation.item.create", 2)
        assert "response.create" not in kinds(following)
