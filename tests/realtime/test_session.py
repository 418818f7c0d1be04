from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import orjson
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AddText,
    AgentAudio,
    AgentSaid,
    CallerSaid,
    CallerStartedSpeaking,
    Clear,
    Commit,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SessionFault,
    SessionLost,
    SessionReady,
)
from gateway.errors import SessionError
from gateway.media.kept_sound import KeptSound
from gateway.media.media_port import MediaPort
from gateway.realtime import tls
from gateway.realtime.backlog import MOST_MS
from gateway.realtime.model_connection import MAX_FRAME
from gateway.realtime.providers import LOCAL, OPENAI, Capabilities, Provider, Secret, TlsFiles
from gateway.realtime.session import Session
from gateway.realtime.settings import ConnectTimeouts, SessionSettings
from gateway.realtime.shared import Shared
from tests.equipment.certificates import Authority
from tests.equipment.patience import seconds, within
from tests.equipment.streams import listening
from tests.media.conftest import made
from tests.realtime.caller import Facts, running
from tests.realtime.events.samples import USAGE
from tests.realtime.wire_model import Json, Line, Model, model

FRAME = 20 * BYTES_PER_MS
QUICK = ConnectTimeouts(connect=0.4, created=0.1, configure=0.4, ping=0.2, close=0.2)


@pytest.fixture
async def server() -> AsyncIterator[Model]:
    async with model() as running_model:
        yield running_model


def session(
    url: str, patience: ConnectTimeouts | None = None, provider: Provider = LOCAL
) -> AbstractAsyncContextManager[tuple[Session, Facts]]:
    provider = dataclasses.replace(provider, url=url)
    patience = patience or ConnectTimeouts(seconds(5), seconds(1), seconds(5), seconds(5), 0.2)
    return running(
        lambda facts: Session(provider, SessionSettings(instructions="x"), facts, patience=patience)
    )


async def test_a_session_is_configured_before_anything_is_heard(server: Model) -> None:
    """Caller audio and orders of before are held back until `session.updated`, then sent in order."""
    server.configures = False
    async with session(server.url) as (one, facts):
        one.append(b"\x01" * FRAME)
        one.execute(Respond("Greet."))
        line = await server.line()
        await line.got("session.update")
        one.append(b"\x02" * FRAME)
        assert [event["type"] for event in line.came] == ["session.update"]
        await line.send("session.updated", session={})
        await facts.wait(SessionReady)
        assert await line.heard(2 * FRAME) == b"\x01" * FRAME + b"\x02" * FRAME
        assert (await line.got("response.create"))["response"]["instructions"] == "Greet."
        assert [event["type"] for event in line.came][1] == "response.create"
    assert facts.of(SessionLost) == []


async def test_a_turn_is_committed_with_all_that_was_said(server: Model) -> None:
    """Orders pass before audio that waits, but not the one that is about it."""
    async with session(server.url) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        one.backlog.put(b"\x01" * FRAME)
        one.execute(Commit())
        await line.got("input_audio_buffer.commit")
        assert [event["type"] for event in line.came][1:] == [
            "input_audio_buffer.append",
            "input_audio_buffer.commit",
        ]


async def test_what_was_no_turn_is_forgotten_on_both_sides(server: Model) -> None:
    """What still waits here is not sent; the server lets go of what it has."""
    async with session(server.url) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        one.backlog.put(b"\x01" * FRAME)
        one.execute(Clear())
        one.append(b"\x02" * FRAME)
        await line.got("input_audio_buffer.clear")
        assert await line.heard(FRAME) == b"\x02" * FRAME


async def test_a_conversation_goes_both_ways(server: Model) -> None:
    """Facts come in the order of the wire; orders and audio go out."""
    async with session(server.url) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=10)
        await line.says(b"\x05" * 4800)
        await facts.wait(ResponseEnded)
        assert facts.of(AgentAudio) == [AgentAudio("resp_1", "item_1", b"\x05" * 4800)]
        assert [type(fact) for fact in facts.told[:2]] == [SessionReady, CallerStartedSpeaking]
        assert facts.of(AgentSaid) == [AgentSaid("item_1", "Hello.")]
        one.execute(AddText("user", "hi"))
        await line.got("conversation.item.create")
    await line.over.wait()
    assert line.socket.close_code == 1000


async def test_the_server_is_told_who_we_are(server: Model) -> None:
    """The key goes into the header, the model into the address; no beta header, no compression."""
    provider = dataclasses.replace(OPENAI, key=Secret("sk-1"))
    async with session(server.url + "?model={model}", provider=provider):
        await server.line()
    (request,) = server.requests
    assert request.path == "/v1/realtime?model=gpt-realtime-2.1"
    assert request.headers["Authorization"] == "Bearer sk-1"
    assert "OpenAI-Beta" not in request.headers
    assert "Sec-WebSocket-Extensions" not in request.headers


async def test_a_server_that_waits_to_be_spoken_to_is_spoken_to(server: Model) -> None:
    """Without `session.created` the update goes out after a moment."""
    server.greets = False
    async with session(server.url, QUICK) as (_, facts):
        await facts.wait(SessionReady)


async def test_a_server_that_never_configures_is_given_up(server: Model) -> None:
    """No caller waits for ever."""
    server.configures = False
    async with session(server.url, QUICK) as (_, facts):
        lost = await facts.wait(SessionLost)
    assert (lost.code, lost.fatal) == ("configure_timeout", False)


@pytest.mark.parametrize(
    ("status", "body", "code", "fatal"),
    [
        (401, b'{"error":{"code":"invalid_api_key","message":"no such key"}}', "invalid_api_key", True),
        (401, b"", "http_401", True),
        (403, b"<html>", "http_403", True),
        (404, b'{"error":"x"}', "http_404", True),
        (
            429,
            b'{"error":{"type":"requests","code":"rate_limit_exceeded","message":"m"}}',
            "rate_limit_exceeded",
            False,
        ),
        (429, b'{"error":{"code":"insufficient_quota","message":"m"}}', "insufficient_quota", True),
        (503, b"later", "http_503", False),
    ],
)
async def test_a_refused_connection_says_why(
    server: Model, status: int, body: bytes, code: str, fatal: bool
) -> None:
    """Bad keys and empty accounts are fatal, a busy server is not; the body knows better than the status."""
    server.refusals = [(status, body)]
    async with session(server.url) as (_, facts):
        lost = await facts.wait(SessionLost)
    assert (lost.code, lost.fatal) == (code, fatal)
    assert facts.told == [lost]


async def test_nobody_there(server: Model) -> None:
    """A refused TCP connection, a name that does not exist, an address that is none."""
    for url, code, fatal in (
        ("ws://127.0.0.1:1/v1", "connect_failed", False),
        ("ws://no.such.host.invalid/v1", "connect_failed", False),
        ("http://127.0.0.1/v1", "invalid_url", True),
    ):
        async with session(url) as (_, facts):
            lost = await facts.wait(SessionLost)
        assert (lost.code, lost.fatal) == (code, fatal)


async def test_a_server_that_accepts_and_says_nothing(server: Model) -> None:
    """The handshake has its time-out."""

    async def swallow(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(swallow) as port, session(f"ws://127.0.0.1:{port}/v1", QUICK) as (_, facts):
        lost = await facts.wait(SessionLost)
    assert lost.code == "connect_timeout"


async def test_something_else_than_a_websocket() -> None:
    """A server that answers with nonsense is no session."""

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read()

    async with listening(nonsense) as port, session(f"ws://127.0.0.1:{port}/v1") as (_, facts):
        lost = await facts.wait(SessionLost)
    assert (lost.code, lost.fatal) == ("connect_failed", False)


async def test_a_wrong_certificate_is_fatal(tmp_path: Path) -> None:
    """A server that is not who it says gets nothing, not even the key."""
    async with model(Authority(tmp_path).gives("server").serves()) as server:
        async with session(server.url) as (_, facts):
            lost = await facts.wait(SessionLost)
        assert (lost.code, lost.fatal) == ("tls_certificate", True)
        assert server.requests == []


async def talks(server: Model, one: Session, facts: Facts) -> None:
    """Speak a hundred packets, and listen to one answer."""
    await facts.wait(SessionReady)
    line = await server.line()
    for number in range(100):
        one.append(bytes([number]) * FRAME)
        await asyncio.sleep(0)
    assert await line.heard(100 * FRAME) == b"".join(bytes([n]) * FRAME for n in range(100))
    await line.says(bytes(4800))
    await facts.wait(ResponseEnded)


async def test_a_conversation_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an authority of one's own, as OpenSSL's variable names it, it is a session like any other."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    tls.usual.cache_clear()
    try:
        async with model(authority.gives("server").serves()) as server, session(server.url) as (one, facts):
            await talks(server, one, facts)
    finally:
        tls.usual.cache_clear()


async def test_each_provider_has_its_own_authority_and_certificate(tmp_path: Path) -> None:
    """One trusts a private authority and shows who we are; the process' own trust stays as it is."""
    authority = Authority(tmp_path)
    asked = authority.gives("server").serves(clients_of=authority.file)
    files = TlsFiles(authority.file, *authority.gives("client"))
    async with model(asked) as server:
        provider = dataclasses.replace(LOCAL, tls=files)
        async with session(server.url, provider=provider) as (one, facts):
            await talks(server, one, facts)
        async with session(server.url) as (_, facts):
            assert (await facts.wait(SessionLost)).code == "tls_certificate"


async def test_a_connection_that_breaks_is_told_once(server: Model) -> None:
    """Cut without a word: one loss, as the last fact, not fatal."""
    async with session(server.url) as (one, facts):
        await facts.wait(SessionReady)
        (await server.line()).cut()
        lost = await facts.wait(SessionLost)
        one.append(bytes(FRAME))
        one.execute(Respond())
    assert (lost.code, lost.fatal) == ("connection_lost", False)
    assert facts.told[-1:] == [lost]


@pytest.mark.parametrize(
    ("close", "reason", "code", "fatal"),
    [
        (1000, "", "closed_1000", False),
        (1001, "Your session hit the maximum duration of 60 minutes.", "closed_1001", False),
        (1011, "", "closed_1011", False),
        (4000, "invalid_request_error.beta_api_shape_disabled", "beta_api_shape_disabled", True),
        (3000, "bad key", "closed_3000", True),
    ],
)
async def test_a_closed_connection_says_why(
    server: Model, close: int, reason: str, code: str, fatal: bool
) -> None:
    """The code in the reason counts, then the number."""
    async with session(server.url) as (_, facts):
        await facts.wait(SessionReady)
        await (await server.line()).socket.close(close, reason)
        lost = await facts.wait(SessionLost)
    assert (lost.code, lost.fatal) == (code, fatal)


async def test_a_fatal_error_closes_the_connection(server: Model) -> None:
    """Nothing more is paid for after it."""
    async with session(server.url) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("error", error={"type": "insufficient_quota", "message": "empty"})
        lost = await facts.wait(SessionLost)
        async with within(5):
            await line.over.wait()
    assert lost == SessionLost("insufficient_quota", "empty", fatal=True)


async def test_garbage_of_every_kind_is_contained(server: Model) -> None:
    """Broken JSON, bad base64, binary frames, a frame of megabytes: the session goes on."""
    async with session(server.url) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        for frame in (b"{", b"[]", b'{"type":5}', b'{"type":"response.done","response":7}'):
            await line.raw(frame)
        await line.raw(b"\xff\x00\xfe", text=False)
        bad = {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "delta": "####"}
        await line.raw(orjson.dumps(bad))
        await line.raw(orjson.dumps({"type": "vendor.blob", "blob": "x" * (MAX_FRAME - 1000)}))
        await line.says(bytes(960))
        await facts.wait(ResponseEnded)
        assert one.protocol.bad_frames == 6
    assert facts.of(SessionLost) == []
    assert facts.of(SessionFault)


async def test_a_frame_too_large_costs_the_session_not_the_process(server: Model) -> None:
    """Twenty megabytes in one frame end the connection."""
    async with session(server.url) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        with suppress(ConnectionClosed):  # the server may see the cut while it still writes
            await line.raw(b" " * (20 << 20))
        lost = await facts.wait(SessionLost)
    assert (lost.code, lost.fatal) == ("frame_too_big", False)


async def test_a_server_that_stops_reading_costs_only_old_audio(server: Model) -> None:
    """The caller's last five seconds are kept, the rest is counted as dropped; nothing blocks or grows."""
    async with session(server.url) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        line.stall()
        one.append(bytes(FRAME))
        await line.heard(FRAME)
        # The kernel's buffers swallow some megabytes first.
        async with within(20):
            while not one.backlog.dropped_ms:
                for _ in range(50):
                    one.append(bytes(FRAME))
                await asyncio.sleep(0)
        assert one.backlog.held_ms <= MOST_MS
        line.let_read.set()
        await line.says(bytes(960))
        await facts.wait(ResponseEnded)


async def test_a_line_gone_dead_is_noticed(server: Model) -> None:
    """Without an answer to the keep-alive ping the session is lost."""
    async with session(server.url, QUICK) as (_, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        line.socket.transport.pause_reading()
        lost = await facts.wait(SessionLost)
    assert (lost.code, lost.fatal) == ("connection_lost", False)


async def test_a_sign_of_life_can_be_asked_for(server: Model) -> None:
    """True when it comes; false when the line ends before, or when there is none."""
    async with session(server.url, QUICK) as (connected, facts):
        assert not await connected.answers()
        line = await server.line()
        await facts.wait(SessionReady)
        assert await connected.answers()
        line.socket.transport.pause_reading()
        assert not await connected.answers()
        assert len(facts.of(SessionLost)) <= 1


async def test_leaving_while_connecting(server: Model) -> None:
    """A caller who hangs up while the session is being made leaves nothing behind."""
    server.configures = False
    async with session(server.url) as (_, facts):
        await (await server.line()).got("session.update")
    async with within(5):
        await (await server.line()).over.wait()
    assert facts.told == []


async def test_leaving_before_and_twice(server: Model) -> None:
    """Closing is always possible; a session closed before it ran does not connect."""
    facts = Facts()
    one = Session(dataclasses.replace(LOCAL, url=server.url), SessionSettings(), facts)
    await one.close()
    await one.run()
    await one.close()
    assert (server.lines, facts.told) == ([], [])


async def test_what_breaks_in_the_listener_is_not_hidden(server: Model) -> None:
    """A bug behind `on_fact` ends the session loudly, and closes its connection."""

    def broken(_fact: object) -> None:
        raise ZeroDivisionError

    one = Session(dataclasses.replace(LOCAL, url=server.url), SessionSettings(), broken)
    with pytest.raises(ExceptionGroup) as caught:
        await one.run()
    assert caught.group_contains(ZeroDivisionError)
    async with within(5):
        await (await server.line()).over.wait()


async def test_a_question_aside_is_answered_without_the_callers_hearing(server: Model) -> None:
    """A summary of the call, asked for out of band while somebody speaks."""

    async def answer(line: Line, event: Json) -> None:
        if event["type"] == "response.create":
            wanted = event["response"]
            content = [{"type": "output_text", "text": "He wants a table."}]
            message = {"type": "message", "role": "assistant", "content": content}
            head = {"id": "oob", "conversation_id": None, "metadata": wanted["metadata"]}
            await line.send("response.created", response={**head, "status": "in_progress"})
            done = {**head, "status": "completed", "output": [message], "usage": USAGE}
            await line.send("response.done", response=done)

    server.meanwhile = answer
    async with session(server.url) as (one, facts):
        await facts.wait(SessionReady)
        async with within(5):
            assert await one.ask("summary", "Sum up.") == "He wants a table."
            assert await one.ask("summary", "Sum up.") == "He wants a table."
    assert facts.told == [SessionReady()]
    assert one.meter.responses[("local", "local")].output_audio == 14


async def test_a_question_aside_may_fail(server: Model) -> None:
    """Without a session, when it is lost meanwhile, and when the model does not answer."""

    async def fail(line: Line, event: Json) -> None:
        if event["type"] == "response.create":
            metadata = event["response"]["metadata"]
            await line.send("response.done", response={"id": "x", "status": "failed", "metadata": metadata})

    async with session(server.url) as (one, facts):
        with pytest.raises(SessionError, match="no_session"):
            await one.ask("mood", "Angry?")
        await facts.wait(SessionReady)
        server.meanwhile = fail
        with pytest.raises(SessionError, match="not_answered"):
            await one.ask("mood", "Angry?")
        server.meanwhile = lambda line, _event: line.socket.close(1011)
        with pytest.raises(SessionError, match="session_lost"):
            await one.ask("mood", "Angry?")


async def test_a_session_shows_that_it_listens(server: Model) -> None:
    """By refusing what it has not got; a connection that only answers pings does not do that."""
    server.listens = True
    async with session(server.url) as (one, facts):
        assert not await one.listens()
        line = await server.line()
        await facts.wait(SessionReady)
        async with within(5):
            assert await one.listens()
            assert await one.listens()
        server.listens = False
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(one.listens()) for _ in range(2)]
            await line.asked(4)
            assert await one.answers()
            assert not any(one.done() for one in asked)
            line.cut()
        assert [one.result() for one in asked] == [False, False]
    assert [type(fact) for fact in facts.told] == [SessionReady, SessionLost]


async def test_who_does_not_know_the_question_is_not_asked(server: Model) -> None:
    """Nothing is known of his listening then."""
    provider = dataclasses.replace(LOCAL, capabilities=Capabilities(retrieve=False))
    async with session(server.url, provider=provider) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        assert not await one.listens()
    assert line.questions == []


async def test_a_sign_of_life_is_not_yet_output(server: Model) -> None:
    """Frames of responses are known from those of the caller."""
    async with session(server.url) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("response.created", response={"id": "r1"})
        await facts.wait(ResponseStarted)
        assert one.last_output == one.last_frame > 0
        now = asyncio.get_running_loop().time
        while now() <= one.last_output:  # noqa: ASYNC110 - uvloop's clock goes by the millisecond
            await asyncio.sleep(0.001)
        await line.send("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=10)
        await facts.wait(CallerStartedSpeaking)
        assert one.last_output < one.last_frame


async def test_the_accounts_limits_are_passed_on(server: Model) -> None:
    """All sessions of a provider know what any of them was told."""
    shared, settings = Shared(), SessionSettings()
    provider = dataclasses.replace(LOCAL, url=server.url)
    async with running(lambda facts: Session(provider, settings, facts, shared=shared)) as (
        _,
        facts,
    ):
        await facts.wait(SessionReady)
        limit = {"name": "tokens", "limit": 1000, "remaining": 1, "reset_seconds": 60.0}
        line = await server.line()
        await line.send("rate_limits.updated", rate_limits=[limit])
        kind = "conversation.item.input_audio_transcription.completed"
        await line.send(kind, item_id="u1", transcript="Hi.", usage={"type": "duration", "seconds": 2})
        await facts.wait(CallerSaid)
    now = asyncio.get_running_loop().time()
    assert 50 < shared.limits_of(provider).wait(now) <= 60
    server.refusals = [(429, b"")]
    other = dataclasses.replace(provider, name="other")
    async with running(lambda facts: Session(other, settings, facts, shared=shared)) as (_, facts):
        await facts.wait(SessionLost)
    assert shared.limits_of(other).wait(asyncio.get_running_loop().time()) > 0


async def test_a_cancelled_session_leaves_no_connection_behind(server: Model) -> None:
    """A server that does not answer the closing handshake is given a moment, then it is cut off."""
    facts = Facts()
    provider = dataclasses.replace(LOCAL, url=server.url)
    one = Session(provider, SessionSettings(), facts, patience=dataclasses.replace(QUICK, ping=60))
    async with within(5), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run())
        await facts.wait(SessionReady)
        (await server.line()).socket.transport.pause_reading()
        socket = one._socket
        assert socket is not None
        running.cancel()
    assert socket.state is State.CLOSED
    assert facts.of(SessionLost) == []


# --- audio that goes past ------------------------------------------------------------------------------


@asynccontextmanager
async def past(server: Model) -> AsyncIterator[tuple[Session, Facts, KeptSound, MediaPort]]:
    """A session that has offered its uplink, and a port that has taken it."""
    plane = made(native=True)
    provider = dataclasses.replace(LOCAL, url=server.url)
    settings = SessionSettings(instructions="x")
    async with running(lambda told: Session(provider, settings, told, shared=Shared(link=plane.link))) as (
        one,
        facts,
    ):
        await facts.wait(SessionReady)
        uplink = one.append(bytes(FRAME))
        assert uplink is not None
        port = plane.port()
        port.send_to(uplink.link, "pcm", [kept := KeptSound()])
        yield one, facts, kept, port


@pytest.mark.native
async def test_audio_may_go_past_the_session(server: Model) -> None:
    """It is known before anything that the server says, and orders pass between."""
    async with past(server) as (one, facts, kept, port):
        line = await server.line()
        for number in range(1, 11):
            port.exchange(bytes([number, 0]) * 160)
            one.execute(AddText("user", "hi"))
            await line.heard((number + 1) * FRAME)
        await line.got("conversation.item.create", 10)
        await line.send("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=10)
        await facts.wait(CallerStartedSpeaking)
        assert len(kept) == len(line.audio()) - FRAME


@pytest.mark.native
async def test_audio_comes_back_when_the_session_is_lost(server: Model) -> None:
    """All that was sent is known before the loss, and the rest can be read."""
    async with past(server) as (one, facts, kept, port):
        line = await server.line()
        port.exchange(bytes(320))
        await line.heard(2 * FRAME)
        line.cut()
        await facts.wait(SessionLost)
        assert (len(kept), port.direct) == (FRAME, False)
        port.exchange(bytes(320))
        assert len(port.read()) == FRAME
        assert one.append(bytes(FRAME)) is None


@pytest.mark.native
async def test_audio_comes_back_when_the_server_wants_another_format(server: Model) -> None:
    """It is to be converted from now on."""
    async with past(server) as (one, facts, _, port):
        line = await server.line()
        form = {"type": "audio/pcmu"}
        await line.send("session.updated", session={"audio": {"input": {"format": form}}})
        await facts.wait(SessionFault)
        assert not port.direct
        uplink = one.append(bytes(FRAME))
        assert uplink is not None
        assert uplink.wire == "pcmu"  # to be sent so by whoever takes the way again


@pytest.mark.native
async def test_nothing_goes_past_a_session_that_is_late(server: Model) -> None:
    """What waits here already goes first."""
    plane = made(native=True)
    provider = dataclasses.replace(LOCAL, url=server.url)
    settings = SessionSettings(instructions="x")
    async with running(lambda told: Session(provider, settings, told, shared=Shared(link=plane.link))) as (
        one,
        facts,
    ):
        assert one.append(bytes(FRAME)) is None
        await facts.wait(SessionReady)
        one.backlog.put(bytes(FRAME))
        assert one.append(bytes(FRAME)) is None
        await (await server.line()).heard(3 * FRAME)
        assert one.append(bytes(FRAME)) is not None
